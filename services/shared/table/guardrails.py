"""The guardrails of a circle in one service, as items: what was counted with each commercial post, and the ordinary posts.

`TOTALS` is written in the transaction that publishes a commercial post, on the condition that no other was published since it
was read. `DAY#<day>` has a mark per ordinary post of the owner's group, set and removed from the stream; repeats are harmless.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from services.shared.kernel.clock import china_day
from services.shared.kernel.errors import DomainError
from services.shared.kernel.product_links import OUTSIDE
from services.shared.security.guardrails import (
    CommercialPost,
    DayCount,
    GuardrailLimits,
    Guardrails,
    ProductDisclosure,
    find_owner_group,
)
from services.shared.security.identities import list_identity_ids, list_users_of_identity
from services.shared.table.cards import find_stored_cards
from services.shared.table.entities import EntityStore
from services.shared.table.items import PRESENT, Attr, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, HasTable, Table, Write
from services.shared.table.versioned import Versioned

TOTALS, DAY, MARK, FULL = "TOTALS", "DAY#", "o_", "full"
KEPT = timedelta(days=40)  # after the day; a window has at most 31
MAX_MARKS = 500  # of one item, about 5 KB: what is posted beyond is not counted as ordinary
PAGE = 100
Roles = Callable[[Collection[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Mark:
    """An ordinary post of the owner's group that the stream counts, or takes off. part: the room of a message."""

    circle_id: str
    post_id: str
    posted_at: datetime
    is_counted: bool
    part: str = ""

    @property
    def key(self) -> Key:
        day = china_day(self.posted_at).isoformat()
        return Key(guardrails_partition(self.circle_id), f"{DAY}{day}{self.part and '#'}{self.part}")


def guardrails_partition(circle_id: str) -> str:
    return f"CIRCLE#{circle_id}#GUARDRAILS"


def load_guardrails(table: Table, circle_id: str) -> Versioned[Guardrails]:
    """Load the guardrails of a circle.

    Cost: 1 read unit per 4 KB, consistent.
    """
    totals: Item | None = None
    ordinary: dict[date, int] = defaultdict(int)
    for item in query_all(table, Query(guardrails_partition(circle_id), PAGE, consistent_read=True)):
        if item["sk"] == TOTALS:
            totals = item
        else:
            ordinary[date.fromisoformat(item["sk"].split("#")[1])] += sum(name.startswith(MARK) for name in item)
    loaded = STORE.loaded(totals) if totals else STORE.new(Guardrails(circle_id))
    return replace(loaded, entity=replace(loaded.entity, ordinary=ordinary))


class Commercial(Protocol):
    """A post with what it shows and discloses."""

    @property
    def products(self) -> tuple[str, ...]: ...
    @property
    def disclosure(self) -> ProductDisclosure | None: ...


@dataclass(frozen=True, slots=True)
class Publication:
    """A commercial post that is about to be published.

    products: ids of listings, or `OUTSIDE`. is_new, converted_on, room_id: as of `CommercialPost`.
    """

    circle_id: str
    author: str
    products: tuple[str, ...]
    is_new: bool = True
    converted_on: date | None = None
    room_id: str = ""

    def after(self, before: Commercial | None, ordinary_at: datetime | None) -> Publication:
        """Return what the post adds to its state before an edit, which is judged as a new post is; None of a new one.

        ordinary_at: when the post was published, if it counts as ordinary until it shows a product.
        """
        if before is None:
            return self
        products = tuple(product for product in self.products if product not in before.products)
        converted_on = china_day(ordinary_at) if ordinary_at and before.disclosure is None else None
        is_new = before.disclosure in (None, ProductDisclosure.PRODUCT)
        return replace(self, products=products, is_new=is_new, converted_on=converted_on)


def count_products(
    ports: HasTable, publication: Publication, find_roles: Roles, limits: GuardrailLimits
) -> tuple[ProductDisclosure, list[Write]]:
    """Return what a post with products discloses, and the writes that count it, for the transaction that publishes it.

    Only posts of the owner's group are counted. A product that the circle does not know counts as one of the group. The
    condition of the write fails if another post was counted since this was read: then the caller starts again.

    find_roles: returns the roles of those of the users that are members.
    Cost: 1 read unit per 4 KB, 0.5 per listing and per user, and 1 per identity of a user. 2 write units per KB.
    Raises: GuardrailReached.
    """
    cards = find_stored_cards(ports.table, publication.circle_id, (one for one in publication.products if one != OUTSIDE))
    users = {publication.author, *(card.seller for card in cards.values())}
    group = find_owner_group(users, find_roles, lambda user_id: list_other_users(ports.table, user_id))
    if publication.author not in group:
        is_seller = any(card.seller == publication.author for card in cards.values())
        return ProductDisclosure.OWN_PRODUCT if is_seller else ProductDisclosure.PRODUCT, []
    others = {card.listing_id for card in cards.values() if card.kind != "own" and card.seller not in group}
    own = sum(product not in others for product in publication.products)
    before = load_guardrails(ports.table, publication.circle_id)
    added = (publication.is_new, publication.converted_on, publication.room_id)
    after = before.entity.add(CommercialPost(len(publication.products), own, *added), limits, at=ports.clock())
    return ProductDisclosure.OWN_PRODUCT if own else ProductDisclosure.COMMISSION, [before.write(ports, after)]


def list_other_users(table: Table, user_id: str) -> set[str]:
    """Return the other users of the identities of a user. Cost: 0.5 read units, and 1 per identity."""
    identity_ids = list_identity_ids(table, user_id)
    return {other for one in identity_ids for other in list_users_of_identity(table, one)} - {user_id}


def count_ordinary(table: Table, marks: Iterable[Mark]) -> None:
    """Count the ordinary posts of the owner's group, and take off those that were deleted or removed. A repeat changes nothing.

    Cost: 1 write unit per KB and day, in chat per day and room.
    """
    by_key: dict[Key, dict[str, Mark]] = defaultdict(dict)
    for mark in marks:
        by_key[mark.key][f"{MARK}{mark.post_id}"] = mark
    for key, named in by_key.items():
        counted = [name for name, mark in named.items() if mark.is_counted]
        if removed := [name for name in named if name not in counted]:
            with suppress(ConditionFailed):
                table.update(key, when=PRESENT, remove=removed)
        if counted:
            _set_marks(table, key, counted, next(iter(named.values())).posted_at)


def _set_marks(table: Table, key: Key, names: Collection[str], posted_at: datetime) -> None:
    expires_at = int((posted_at + KEPT).timestamp())
    with suppress(ConditionFailed):
        item = table.update(key, when=Attr(FULL).not_exists(), set={**dict.fromkeys(names, True), "expires_at": expires_at})
        if len(item) > MAX_MARKS:
            table.update(key, when=None, set={FULL: True})


def _to_item(guardrails: Guardrails) -> Item:
    return {
        **Key(guardrails_partition(guardrails.circle_id), TOTALS).attributes(),
        "circle_id": guardrails.circle_id,
        "days": {
            day.isoformat(): [count.commercial, count.cards, count.own, count.converted]
            for day, count in sorted(guardrails.days.items())
        },
        "rooms": dict(sorted(guardrails.rooms.items())),
        "version": guardrails.version,
    }


def _from_item(item: Item) -> Guardrails:
    days = {date.fromisoformat(day): DayCount(*counts) for day, counts in item["days"].items()}
    return Guardrails(item["circle_id"], days, item["rooms"], item["version"])


STORE = EntityStore(_to_item, _from_item, DomainError)
