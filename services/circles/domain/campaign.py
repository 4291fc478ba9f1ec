"""Campaigns: the reverse funnel of a circle, from the people who read about its topics to their orders, in numbers only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from math import ceil

from services.circles.errors import CampaignEnded, CampaignTooSoon
from services.circles.settings import settings
from services.shared.kernel.clock import next_version, rfc3339

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MAX_ORDERS = 10  # of a person: so many are enough to know that one of them counts


class Stage(StrEnum):
    """A stage of the funnel. A person counts at one only if they are at all stages before it.

    audience: found by their interests. notified: got the message. joined: became a member. active: wrote in its chats.
    noted: posted a note. ordered: paid an order in the circle.
    """

    AUDIENCE = "audience"
    NOTIFIED = "notified"
    JOINED = "joined"
    ACTIVE = "active"
    NOTED = "noted"
    ORDERED = "ordered"


STAGES = tuple(Stage)
AFTER_MESSAGE = STAGES[2:]


class CampaignState(StrEnum):
    FINDING = "finding"
    SENDING = "sending"
    MEASURING = "measuring"
    ENDED = "ended"


class CampaignEndReason(StrEnum):
    FINISHED = "finished"
    STOPPED = "stopped"
    AUDIENCE_TOO_SMALL = "audience_too_small"


@dataclass(frozen=True, slots=True)
class CampaignOrder:
    """What is known of one order of a person. suspicion_version: of the newest event about its suspicion."""

    is_paid: bool = False
    is_suspected: bool = False
    suspicion_version: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person that a campaign found, and the stages that they reached. It is deleted when the campaign ends.

    person: the user with the smallest id of all users of the person's identities: the person counts once.
    user_id: the user who consents, and gets the message. choice: identifies that consent.
    page: the number of the page of the search that found the person.
    reached: the stages after the message, in any order. A suspicion does not change it, because the person can export it.
    orders: the first orders after the message, by id.
    """

    circle_id: str
    campaign_id: str
    person: str
    user_id: str
    choice: int
    page: int
    version: int
    notified_at: datetime | None = None
    reached: frozenset[Stage] = frozenset()
    orders: Mapping[str, CampaignOrder] = field(default_factory=dict)

    def notify(self, *, at: datetime) -> Recipient:
        return replace(self, notified_at=at, version=next_version(self.version, at))

    def reach(self, stage: Stage, occurred_at: datetime, *, at: datetime) -> Recipient:
        """Record a stage. Unchanged if it is recorded, or if it came before the message: then that did not cause it."""
        if not self._is_after_message(occurred_at) or stage in self.reached:
            return self
        return replace(self, reached=self.reached | {stage}, version=next_version(self.version, at))

    def pay(self, order_id: str, occurred_at: datetime, *, at: datetime) -> Recipient:
        """Record a paid order. Unchanged if it is recorded, or if it came before the message."""
        if not self._is_after_message(occurred_at):
            return self
        return self.reach(Stage.ORDERED, occurred_at, at=at)._with_order(
            order_id, replace(self._order(order_id), is_paid=True), at
        )

    def suspect(self, order_id: str, version: int, occurred_at: datetime, *, is_suspected: bool, at: datetime) -> Recipient:
        """Record that an order is suspected or fake, or is genuine. Unchanged by an event that is not newer."""
        before = self._order(order_id)
        if not self._is_after_message(occurred_at) or version <= before.suspicion_version:
            return self
        return self._with_order(order_id, CampaignOrder(before.is_paid, is_suspected, version), at)

    def _is_after_message(self, occurred_at: datetime) -> bool:
        return self.notified_at is not None and occurred_at >= self.notified_at

    def _order(self, order_id: str) -> CampaignOrder:
        return self.orders.get(order_id, CampaignOrder())

    def _with_order(self, order_id: str, order: CampaignOrder, at: datetime) -> Recipient:
        if self.orders.get(order_id) == order or (order_id not in self.orders and len(self.orders) >= MAX_ORDERS):
            return self
        return replace(self, orders={**self.orders, order_id: order}, version=next_version(self.version, at))

    @property
    def counted(self) -> frozenset[Stage]:
        """The stages that count: without `ordered` if each known order is suspected."""
        paid = [order for order in self.orders.values() if order.is_paid]
        return self.reached - {Stage.ORDERED} if paid and all(order.is_suspected for order in paid) else self.reached

    @property
    def stages(self) -> int:
        """The number of stages without a gap, from the first."""
        if self.notified_at is None:
            return 1
        missing = (index for index, stage in enumerate(AFTER_MESSAGE) if stage not in self.counted)
        return 2 + next(missing, len(AFTER_MESSAGE))


def count_people(recipients: Iterable[Recipient]) -> tuple[int, ...]:
    """Return how many people are at each stage."""
    people = [0] * len(STAGES)
    for recipient in recipients:
        for index in range(recipient.stages):
            people[index] += 1
    return tuple(people)


def round_to_groups(people: int) -> int:
    """Return a number of people, rounded down to a multiple of the smallest group: 0 for fewer, 5 for 5 to 9."""
    least = settings().min_people_of_campaign
    return people // least * least


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign of a circle. It addresses the tags of the circle's teaser, so that who gets the message can read why.

    tags, slugs: as the teaser shows them; with the slugs of tags that were merged. min_days: on how many days people must have
        read something with one of the tags.
    page, after: how far the search or the sending is. found: the people found so far, who are known to no user.
    people: by stage, rounded; this is all that is ever published. measured_at: when they were counted.
    due_at: when the worker continues.
    """

    id: str
    circle_id: str
    tags: tuple[str, ...]
    slugs: tuple[str, ...]
    min_days: int
    created_at: datetime
    ends_at: datetime
    due_at: datetime
    version: int
    state: CampaignState = CampaignState.FINDING
    page: int = 0
    after: str = ""
    found: int = 0
    people: tuple[int, ...] = (0,) * len(STAGES)
    measured_at: datetime | None = None
    end_reason: CampaignEndReason | None = None

    @property
    def is_ended(self) -> bool:
        return self.state is CampaignState.ENDED

    def is_full_with(self, people: int) -> bool:
        """Whether the audience is full with these people more."""
        return self.found + people >= settings().max_people_of_campaign

    def is_due(self, at: datetime) -> bool:
        return not self.is_ended and self.due_at <= at

    def find(self, people: int, after: str, *, at: datetime) -> Campaign:
        """Add a page of the search. after: where it continues; empty at its end, or once the audience is full."""
        found = self._change(at, found=self.found + people, page=self.page + 1, after=after)
        if after and not found.is_full_with(0):
            return found
        if found.found < settings().min_people_of_campaign:
            return replace(found, state=CampaignState.ENDED, end_reason=CampaignEndReason.AUDIENCE_TOO_SMALL, after="")
        return replace(found, state=CampaignState.SENDING, page=0, after="")

    def send(self, after: str, *, at: datetime) -> Campaign:
        """Continue the sending behind a page; after the last one, the stages are measured."""
        state = CampaignState.SENDING if after else CampaignState.MEASURING
        return self._change(at, state=state, page=self.page + 1, after=after)

    def end_sending(self, *, at: datetime) -> Campaign:
        """Measure from now on, without another message: the circle has no teaser, or is read-only."""
        return self._change(at, state=CampaignState.MEASURING, after="")

    def measure(self, people: tuple[int, ...], *, at: datetime) -> Campaign:
        """Store the numbers, rounded. The campaign ends with those at its end; until then they are counted again."""
        after = self._change(at, people=tuple(map(round_to_groups, people)), measured_at=at)
        if at >= self.ends_at:
            return replace(after, state=CampaignState.ENDED, end_reason=self.end_reason or CampaignEndReason.FINISHED)
        return replace(after, due_at=min(at + settings().campaign_count_interval, self.ends_at))

    def stop(self, *, at: datetime) -> Campaign:
        """Send nothing any more, and measure once. Unchanged if it was stopped. Raises: CampaignEnded."""
        if self.end_reason is CampaignEndReason.STOPPED:
            return self
        if self.is_ended:
            raise CampaignEnded
        return self._change(
            at, state=CampaignState.MEASURING, end_reason=CampaignEndReason.STOPPED, after="", due_at=at, ends_at=at
        )

    def _change(self, at: datetime, **changes: object) -> Campaign:
        return replace(self, version=next_version(self.version, at), **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class LatestCampaign:
    """The latest campaign of a circle, which the next one replaces. campaign_id: empty if there was none."""

    circle_id: str
    campaign_id: str = ""
    created_at: datetime = NEVER
    ends_at: datetime = NEVER
    version: int = 0

    def require_next(self, at: datetime) -> None:
        """Require that the circle can start another campaign: the latest is at its end, and the pause is over.

        So what an owner learns by comparing audiences is bounded: of two numbers, rounded, per pause.
        Raises: CampaignTooSoon.
        """
        starts_at = max(self.created_at + settings().campaign_pause, self.ends_at)
        if self.campaign_id and at < starts_at:
            raise CampaignTooSoon(starts_at=rfc3339(starts_at), retry_after=ceil((starts_at - at).total_seconds()))

    def replace_by(self, campaign: Campaign, *, at: datetime) -> LatestCampaign:
        after = replace(self, campaign_id=campaign.id, created_at=campaign.created_at, ends_at=campaign.ends_at)
        return replace(after, version=next_version(self.version, at))
