"""A circle: granted by review, opened by its owner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.circles.domain.digest import next_digest
from services.circles.domain.screening import Screening
from services.circles.domain.succession import Offer, OfferKind, OfferState
from services.circles.errors import CircleNotActive, CircleReadOnly, NotAllowed, NothingOffered, OfferOpen
from services.shared.kernel.clock import next_version
from services.shared.security.account_status import NO_SANCTION, AccountStatus, SanctionLevel

CAUGHT_UP = timedelta(days=7)
TRY_AGAIN = timedelta(minutes=10)


class CircleState(StrEnum):
    PROVISIONED = "provisioned"
    ACTIVE = "active"
    SUNSET = "sunset"  # to be read and exported until its notice is over
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Circle:
    """`seat` is the number it took in its cohort. `owner_standing` is what review last said of its owner, `owner_version` the
    version of that word: while the owner is out, the circle can only be read."""

    id: str
    name: str
    tags: tuple[str, ...]
    owner: str
    seat: int
    created_at: datetime
    version: int
    state: CircleState = CircleState.PROVISIONED
    owner_standing: AccountStatus = NO_SANCTION
    owner_version: int = 0
    owner_removed: bool = False
    screening: Screening | None = None
    screenings: int = 0  # revisions there have been
    due_at: datetime | None = None  # when the schedule looks after it next
    ends_at: datetime | None = None  # when its notice is over
    offer: Offer | None = None
    passed_over: tuple[str, ...] = ()  # whom it was offered to in vain

    def activate(self, *, at: datetime) -> Circle:
        if self.state is CircleState.ACTIVE:
            return self
        return replace(self, state=CircleState.ACTIVE, due_at=next_digest(at), version=next_version(self.version, at))

    def put_off(self, *, at: datetime) -> Circle:
        """Looked after: until the evening after the one it was due for, so that none is passed over but those of a week ago;
        or until the notice is over, if that is before."""
        evening = next_digest(max(self.due_at or at, at - CAUGHT_UP))
        due_at = min(evening, self.ends_at or evening)
        return self if due_at == self.due_at else replace(self, due_at=due_at, version=next_version(self.version, at))

    def try_later(self, *, at: datetime) -> Circle:
        """It failed: for ten minutes others come first, and then it is still about the same evening."""
        if self.due_at is None:
            return self
        evening_ends = next_digest(self.due_at) - timedelta(minutes=1)
        return replace(self, due_at=min(at + TRY_AGAIN, max(evening_ends, self.due_at)), version=next_version(self.version, at))

    def require_ruled_by(self, user_id: str) -> None:
        """What only an owner in office may: not one whom review removed, nor one who has just handed it over."""
        if user_id != self.owner or self.owner_removed:
            raise NotAllowed

    def close(self, notice: timedelta, by: str, *, at: datetime) -> Circle:
        """Give notice. Given again, the first stands."""
        self.require_ruled_by(by)
        if self.state is CircleState.SUNSET:
            return self
        if self.state is not CircleState.ACTIVE:
            raise CircleNotActive
        after = replace(self, state=CircleState.SUNSET, ends_at=at + notice, version=next_version(self.version, at))
        return after.put_off(at=at)

    def reopen(self, by: str, *, at: datetime) -> Circle:
        self.require_ruled_by(by)
        if self.state is CircleState.ACTIVE:
            return self
        if self.state is not CircleState.SUNSET or self.is_over(at):
            raise CircleNotActive
        after = replace(self, state=CircleState.ACTIVE, ends_at=None, version=next_version(self.version, at))
        return after.put_off(at=at)

    def is_over(self, at: datetime) -> bool:
        return self.state is CircleState.CLOSED or (self.ends_at is not None and at >= self.ends_at)

    def end(self, *, at: datetime) -> Circle:
        """The notice is over: closed for good."""
        if self.state is CircleState.CLOSED or not self.is_over(at):
            return self
        return replace(self, state=CircleState.CLOSED, due_at=at, version=next_version(self.version, at))

    def clear(self, gone: bool, *, at: datetime) -> Circle:
        """Once all of it is gone, what it asked of newcomers is forgotten too, and nothing is due any more."""
        if not gone or self.due_at is None:
            return self
        return replace(self, due_at=None, screening=None, version=next_version(self.version, at))

    def offer_to_item(self, offer: Offer, *, at: datetime) -> Circle:
        """Made again it is the one that stands; of two at once, one. Who was asked to succeed in vain is passed over until
        all have been asked."""
        if self.state is not CircleState.ACTIVE:
            raise CircleReadOnly
        if self.offer and self.offer.is_open(at):
            if (self.offer.to, self.offer.kind) == (offer.to, offer.kind):
                return self
            raise OfferOpen
        expired = self.offer if self.offer and self.offer.is_expired(at) else None
        return replace(self, offer=offer, passed_over=self._passed(expired), version=next_version(self.version, at))

    def _passed(self, offer: Offer | None) -> tuple[str, ...]:
        """Only successions count, each person once: what an owner offers and takes back leaves no trace here."""
        if offer is None or offer.kind is not OfferKind.SUCCESSION or offer.to in self.passed_over:
            return self.passed_over
        return (*self.passed_over, offer.to)

    def forget_passed_over(self, *, at: datetime) -> Circle:
        """All have been asked, or the owner is there again: the next absence begins anew."""
        return replace(self, passed_over=(), version=next_version(self.version, at)) if self.passed_over else self

    def withdraw_ownership_offer(self, by: str, *, at: datetime) -> Circle:
        """By the owner, or by whom it was made to."""
        if self.offer is None or not self.offer.is_open(at) or by not in (self.owner, self.offer.to):
            raise NothingOffered
        if by != self.offer.to:
            self.require_ruled_by(by)
        return self._close_offer(self.offer, declined=by == self.offer.to, at=at)

    def waits_for(self, offer_id: str) -> bool:
        return self.offer is not None and self.offer.id == offer_id and self.offer.state is not OfferState.WITHDRAWN

    def hear_answer(self, offer_id: str, accepted: bool, *, at: datetime) -> Circle:
        """Accepted, it waits for the platform's word; refused, it is over. Told twice or late, the same."""
        if self.offer is None or not self.waits_for(offer_id):
            return self
        if not accepted:
            return self._close_offer(self.offer, declined=True, at=at)
        if self.offer.state is OfferState.ACCEPTED:
            return self
        return replace(self, offer=self.offer.put(OfferState.ACCEPTED), version=next_version(self.version, at))

    def hand_over(self, standing: AccountStatus, heard: int, *, at: datetime) -> Circle:
        """To whom the offer was made, with what review last said of them."""
        if self.offer is None:
            raise NothingOffered
        after = replace(self, owner=self.offer.to, owner_removed=False, offer=None, passed_over=())
        after = replace(after, owner_standing=standing, owner_version=heard)
        return replace(after, version=next_version(self.version, at))

    def _close_offer(self, offer: Offer, *, declined: bool, at: datetime) -> Circle:
        passed = self._passed(offer if declined else None)
        after = replace(self, offer=offer.put(OfferState.WITHDRAWN), passed_over=passed)
        return replace(after, version=next_version(self.version, at))

    def screen(self, rules: str, questions: tuple[str, ...], approval: bool, *, at: datetime) -> Circle:
        """Everybody who comes in from now on answers first. The same again changes nothing."""
        if self.screening and self.screening.says(rules, questions, approval):
            return self
        revision = self.screenings + 1
        after = replace(self, screening=Screening(rules, questions, approval, revision), screenings=revision)
        return replace(after, version=next_version(self.version, at))

    def stop_screening(self, *, at: datetime) -> Circle:
        """Who waits to be let in still does; who has not answered comes in by answering nothing."""
        return replace(self, screening=None, version=next_version(self.version, at)) if self.screening else self

    def is_read_only(self, at: datetime) -> bool:
        return (
            self.state in (CircleState.SUNSET, CircleState.CLOSED)
            or self.owner_removed
            or self.owner_standing.at(at).includes(SanctionLevel.SUSPENDED)
        )

    def hear_of_owner(self, owner: str, standing: AccountStatus, version: int, *, at: datetime) -> Circle:
        """Take over what review says of the owner, if it is newer; told twice or out of order, the same state. Of a former
        owner, nothing changes."""
        if owner != self.owner or version <= self.owner_version:
            return self
        after = replace(self, owner_standing=standing, owner_version=version)
        return replace(after, version=next_version(self.version, at))

    def lose_owner(self, owner: str, *, at: datetime) -> Circle:
        """Review removed its owner: until there is another it can only be read. Of a former owner, nothing changes."""
        if self.owner_removed or owner != self.owner:
            return self
        return replace(self, owner_removed=True, version=next_version(self.version, at))

    def require_writable(self, at: datetime) -> None:
        """Judged when read: an owner's suspension that is over needs no job to end it."""
        if self.state not in (CircleState.ACTIVE, CircleState.SUNSET):
            raise CircleNotActive
        if self.is_read_only(at):
            raise CircleReadOnly
