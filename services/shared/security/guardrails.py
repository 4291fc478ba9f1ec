"""The guardrails of the commerce of a circle's owner: how many posts can be commercial, and how many cards show own products.

The owner's group is the owner, the co-owners, and the other users of their identities. What it posts is counted together. A
post that a service publishes is counted in the same transaction, so that parallel posts cannot pass a limit together. See
decision 93.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.shared.kernel.clock import china_day, next_version, start_of_china_day
from services.shared.kernel.errors import GuardrailReached

DAY = timedelta(days=1)
WHOLE = 100
OWNER_ROLES = frozenset({"owner", "co_owner"})


class Guardrail(StrEnum):
    """A rule that denies a commercial post.

    density: the share of the group's posts of the window that are commercial. own_products: the share of its cards that show
    products of the group. room_cards: the cards of the group in one room per day.
    """

    DENSITY = "density"
    OWN_PRODUCTS = "own_products"
    ROOM_CARDS = "room_cards"


class ProductDisclosure(StrEnum):
    """What a commercial post discloses. The server sets it.

    own_product: its author sells the product, or the owner's group does. commission: the owner earns a part of each sale.
    product: it shows a product, and its author earns nothing.
    """

    OWN_PRODUCT = "own_product"
    COMMISSION = "commission"
    PRODUCT = "product"

    def stronger(self, other: ProductDisclosure | None) -> ProductDisclosure:
        """Return the one that comes first in this list: an edit never weakens what a post discloses."""
        order = list(ProductDisclosure)
        return min(self, other or self, key=order.index)

    @property
    def label(self) -> dict[str, str]:
        """Return the code and the text that readers see, in both languages, as the API and frames have it."""
        en, zh_cn = LABELS[self]
        return {"code": str(self), "en": en, "zh_cn": zh_cn}


LABELS = {
    ProductDisclosure.OWN_PRODUCT: ("Ad: a product of its author or of the owner of the circle", "广告 · 发布者或圈主自营"),
    ProductDisclosure.COMMISSION: ("Ad: the owner of the circle earns a commission", "广告 · 圈主可获得佣金"),
    ProductDisclosure.PRODUCT: ("Shows a product; its author earns nothing", "含商品 · 发布者无收益"),
}


@dataclass(frozen=True, slots=True)
class GuardrailLimits:
    """The limits in force. The percentages are of the posts, and of the cards, of the last `days` days in China."""

    commercial_percent: int
    own_percent: int
    days: int
    cards_per_room: int = 0


@dataclass(frozen=True, slots=True)
class CommercialPost:
    """What one post or edit adds.

    cards: the products that it shows. own: those of them that the owner's group sells, or that the circle does not know.
    is_new: whether it adds a commercial post; an edit of one that is commercial adds cards alone.
    converted_on: the day of the ordinary post that an edit makes commercial; it is no longer counted as ordinary.
    room_id: of a message.
    """

    cards: int
    own: int
    is_new: bool = True
    converted_on: date | None = None
    room_id: str = ""


@dataclass(frozen=True, slots=True)
class DayCount:
    """What the owner's group posted on one day. converted: ordinary posts of this day that an edit made commercial."""

    commercial: int = 0
    cards: int = 0
    own: int = 0
    converted: int = 0

    def add(self, post: CommercialPost) -> DayCount:
        return replace(self, commercial=self.commercial + post.is_new, cards=self.cards + post.cards, own=self.own + post.own)


@dataclass(frozen=True, slots=True)
class Usage:
    """The posts of a window. ordinary: those that show no product and were not deleted or removed."""

    ordinary: int
    commercial: int
    cards: int
    own: int

    def is_within_density(self, limits: GuardrailLimits) -> bool:
        return self.commercial * WHOLE <= limits.commercial_percent * (self.commercial + self.ordinary)

    def is_within_own_share(self, limits: GuardrailLimits) -> bool:
        return self.own * WHOLE <= limits.own_percent * self.cards

    def missing_ordinary(self, limits: GuardrailLimits) -> int:
        """How many ordinary posts more bring the commercial ones within the limit."""
        needed = -(-self.commercial * (WHOLE - limits.commercial_percent) // limits.commercial_percent)
        return max(0, needed - self.ordinary)

    def missing_cards(self, limits: GuardrailLimits) -> int:
        """How many cards of other sellers more bring the own ones within the limit."""
        return max(0, -(-self.own * WHOLE // limits.own_percent) - self.cards)


@dataclass(frozen=True, slots=True)
class GuardrailUse:
    """How much of a guardrail is used.

    used, of: commercial posts of all posts, own products of all cards, or cards of the cards that a room permits per day.
    limit: in percent; of a room a number. missing: how many ordinary posts, or cards of other sellers, more permit the next
    post; 0 if it is permitted. frees_at: when it is permitted without any; None if it is now, or if time alone does not.
    """

    rule: Guardrail
    used: int
    of: int
    limit: int
    missing: int
    frees_at: datetime | None


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What the owner's group of a circle posted in one service: the commercial posts, exactly, and the ordinary ones.

    days: by day in China. rooms: the cards of a day by room, as `<day> <room>`. A deleted commercial post stays counted.
    ordinary: by day, as the stream has counted them so far: fewer than there are, never more. Not part of the entity's item.
    """

    circle_id: str
    days: Mapping[date, DayCount] = field(default_factory=dict)
    rooms: Mapping[str, int] = field(default_factory=dict)
    version: int = 0
    ordinary: Mapping[date, int] = field(default_factory=dict, compare=False)

    def usage(self, today: date, limits: GuardrailLimits) -> Usage:
        """Return the usage of the window that ends with a day."""
        window = [today - DAY * age for age in range(limits.days)]
        counts = [self.days.get(day, DayCount()) for day in window]
        ordinary = sum(self.ordinary.get(day, 0) for day in window) - sum(count.converted for count in counts)
        return Usage(
            max(0, ordinary),
            sum(count.commercial for count in counts),
            sum(count.cards for count in counts),
            sum(count.own for count in counts),
        )

    def cards_in_room(self, room_id: str, today: date) -> int:
        return self.rooms.get(_room_day(today, room_id), 0)

    def add(self, post: CommercialPost, limits: GuardrailLimits, *, at: datetime) -> Guardrails:
        """Count a commercial post, if each limit permits it. Days before the window are dropped.

        Raises: GuardrailReached.
        """
        today = china_day(at)
        if post.room_id and self.cards_in_room(post.room_id, today) + post.cards > limits.cards_per_room:
            raise _reached(Guardrail.ROOM_CARDS, limits.cards_per_room, 0, today + DAY)
        after = self._usage_with(post, today, limits)
        if post.is_new and not after.is_within_density(limits):
            frees_on = self._frees_on(post, today, limits, Usage.is_within_density)
            raise _reached(Guardrail.DENSITY, limits.commercial_percent, after.missing_ordinary(limits), frees_on)
        if post.own and not after.is_within_own_share(limits):
            frees_on = self._frees_on(post, today, limits, Usage.is_within_own_share)
            raise _reached(Guardrail.OWN_PRODUCTS, limits.own_percent, after.missing_cards(limits), frees_on)
        return self._with(post, today, limits, at)

    def list_uses(self, limits: GuardrailLimits, at: datetime, room_id: str = "") -> tuple[GuardrailUse, ...]:
        """Return how much of each guardrail is used, and when the next post with one product is permitted."""
        today = china_day(at)
        usage = self.usage(today, limits)
        plain, own = (CommercialPost(1, count, room_id=room_id) for count in (0, 1))
        posts, density, share = usage.commercial + usage.ordinary, Guardrail.DENSITY, Guardrail.OWN_PRODUCTS
        found = [
            GuardrailUse(
                density, usage.commercial, posts, limits.commercial_percent, *self._next(density, plain, limits, today)
            ),
            GuardrailUse(share, usage.own, usage.cards, limits.own_percent, *self._next(share, own, limits, today)),
        ]
        if room_id:
            used, most = self.cards_in_room(room_id, today), limits.cards_per_room
            frees_at = start_of_china_day(today + DAY) if used >= most else None
            found.append(GuardrailUse(Guardrail.ROOM_CARDS, used, most, most, 0, frees_at))
        return tuple(found)

    def _next(self, rule: Guardrail, post: CommercialPost, limits: GuardrailLimits, today: date) -> tuple[int, datetime | None]:
        """Return what a rule says about a next post: how many posts or cards are missing, and when it frees."""
        is_density = rule is Guardrail.DENSITY
        after = self._usage_with(post, today, limits)
        missing = after.missing_ordinary(limits) if is_density else after.missing_cards(limits)
        if not missing:
            return 0, None
        is_within = Usage.is_within_density if is_density else Usage.is_within_own_share
        frees_on = self._frees_on(post, today, limits, is_within)
        return missing, start_of_china_day(frees_on) if frees_on else None

    def _usage_with(self, post: CommercialPost, day: date, limits: GuardrailLimits) -> Usage:
        """Return the usage of the window that ends with a day, if the post is made on it."""
        usage = self.usage(day, limits)
        is_converted = post.converted_on is not None and post.converted_on > day - DAY * limits.days
        return Usage(
            max(0, usage.ordinary - is_converted),
            usage.commercial + post.is_new,
            usage.cards + post.cards,
            usage.own + post.own,
        )

    def _with(self, post: CommercialPost, today: date, limits: GuardrailLimits, at: datetime) -> Guardrails:
        first = today - DAY * limits.days
        days = {day: count for day, count in self.days.items() if day >= first}
        days[today] = days.get(today, DayCount()).add(post)
        if post.converted_on and post.converted_on >= first:
            before = days.get(post.converted_on, DayCount())
            days[post.converted_on] = replace(before, converted=before.converted + 1)
        rooms = {name: cards for name, cards in self.rooms.items() if name >= (today - DAY).isoformat()}
        if post.room_id:
            rooms[_room_day(today, post.room_id)] = self.cards_in_room(post.room_id, today) + post.cards
        return replace(self, days=days, rooms=rooms, version=next_version(self.version, at))

    def _frees_on(
        self, post: CommercialPost, today: date, limits: GuardrailLimits, is_within: Callable[[Usage, GuardrailLimits], bool]
    ) -> date | None:
        """Return the first day on which the post is permitted if the group posts nothing until then; None if there is none."""
        later = (today + DAY * days for days in range(1, limits.days + 1))
        return next((day for day in later if is_within(self._usage_with(post, day, limits), limits)), None)


def _room_day(day: date, room_id: str) -> str:
    return f"{day.isoformat()} {room_id}"


def _reached(rule: Guardrail, limit: int, missing: int, frees_on: date | None) -> GuardrailReached:
    """Return the error. missing: how many ordinary posts, or cards of other sellers, more permit the post now."""
    frees_at = start_of_china_day(frees_on).isoformat() if frees_on else None
    return GuardrailReached(rule=str(rule), limit=limit, missing=missing, frees_at=frees_at)


def find_owner_group(
    user_ids: Collection[str],
    find_roles: Callable[[Collection[str]], Mapping[str, str]],
    list_other_users: Callable[[str], Collection[str]],
) -> frozenset[str]:
    """Return those of the users that belong to the owner's group.

    find_roles: returns the roles of those of the users that are members. list_other_users: of the identities of a user.
    """
    roles = find_roles(user_ids)
    group = {user_id for user_id in user_ids if roles.get(user_id) in OWNER_ROLES}
    for user_id in set(user_ids) - group:
        others = list_other_users(user_id)
        if others and OWNER_ROLES & set(find_roles(others).values()):
            group.add(user_id)
    return frozenset(group)
