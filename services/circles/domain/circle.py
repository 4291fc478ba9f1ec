"""A circle: granted by review, activated by its owner, and closed after a notice period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.circles.domain.digest import next_digest_at
from services.circles.domain.ownership import OfferKind, OfferState, OwnershipOffer
from services.circles.domain.page import EMPTY_PAGE, CirclePage
from services.circles.domain.screening import Screening
from services.circles.errors import CircleNotActive, CircleReadOnly, OfferAlreadyOpen, OfferNotFound, RoleNotAllowed
from services.circles.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.security.account_status import NO_SANCTION, AccountStatus, SanctionLevel
from services.shared.security.selling import ALWAYS, Selling
from services.shared.security.take_downs import TakeDown
from services.shared.security.violations import Violation

RETRY_DELAY = timedelta(minutes=10)


class CircleState(StrEnum):
    PROVISIONED = "provisioned"
    ACTIVE = "active"
    CLOSING = "closing"  # read-only, with exports, until its notice period ends
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle. It is read-only while its owner is suspended or removed, and from its notice period on.

    seat: its number in the cohort.
    name_version: the version of review's event that the name is from; 0 for the name of the application.
    name_violation: the rule that the circle's own name breaks; None unless it is down, and `name` is a default one.
    owner_account_status, owner_status_version: the newest status of the owner that review published, and its version.
    screening_revision: how often the screening changed.
    due_at: when the schedule processes the circle next. closes_at: the end of its notice period.
    members: the number of active members, aggregated from the stream; it does not change the circle's version.
    selling: when products can be sold in it.
    past_candidates: co-owners who were offered a succession and did not accept; skipped until all have been asked.
    """

    id: str
    name: str
    tags: tuple[str, ...]
    owner: str
    seat: int
    created_at: datetime
    version: int
    state: CircleState = CircleState.PROVISIONED
    owner_account_status: AccountStatus = NO_SANCTION
    owner_status_version: int = 0
    owner_removed: bool = False
    screening: Screening | None = None
    screening_revision: int = 0
    due_at: datetime | None = None
    closes_at: datetime | None = None
    offer: OwnershipOffer | None = None
    past_candidates: tuple[str, ...] = ()
    page: CirclePage = EMPTY_PAGE
    members: int = 0
    name_version: int = 0
    name_violation: Violation | None = None
    selling: Selling = ALWAYS

    def activate(self, *, at: datetime) -> Circle:
        """Open a provisioned circle. Unchanged if it is active. Raises: CircleNotActive (closing or closed)."""
        if self.state is CircleState.ACTIVE:
            return self
        if self.state is not CircleState.PROVISIONED:
            raise CircleNotActive
        after = replace(self, state=CircleState.ACTIVE, selling=replace(self.selling, activated_at=at))
        return replace(after, due_at=next_digest_at(at), version=next_version(self.version, at))

    def pause_selling(self, until: datetime, *, at: datetime) -> Circle:
        """Pause sales, as the members' brake does."""
        return replace(self, selling=replace(self.selling, paused_until=until), version=next_version(self.version, at))

    def schedule_next(self, *, at: datetime) -> Circle:
        """Set the next run after a finished one: the evening after the one it was for, or the end of the notice period.

        No evening is skipped, except those that are too old.
        """
        evening = next_digest_at(max(self.due_at or at, at - settings().digest_catch_up))
        due_at = min(evening, self.closes_at or evening)
        return self if due_at == self.due_at else replace(self, due_at=due_at, version=next_version(self.version, at))

    def schedule_retry(self, *, at: datetime) -> Circle:
        """Set the next run 10 minutes after a failed one, so that other circles come first. It covers the same evening."""
        if self.due_at is None:
            return self
        evening_ends = next_digest_at(self.due_at) - timedelta(minutes=1)
        return replace(
            self, due_at=min(at + RETRY_DELAY, max(evening_ends, self.due_at)), version=next_version(self.version, at)
        )

    def require_owner(self, user_id: str) -> None:
        """Require the current owner. An owner that review removed, or that has just transferred the circle, is denied."""
        if user_id != self.owner or self.owner_removed:
            raise RoleNotAllowed

    def close(self, notice: timedelta, by: str, *, at: datetime) -> Circle:
        """Start the notice period. Unchanged if it has started: the first notice stays in force."""
        self.require_owner(by)
        if self.state is CircleState.CLOSING:
            return self
        if self.state is not CircleState.ACTIVE:
            raise CircleNotActive
        after = replace(self, state=CircleState.CLOSING, closes_at=at + notice, version=next_version(self.version, at))
        return after.schedule_next(at=at)

    def reopen(self, by: str, *, at: datetime) -> Circle:
        """Cancel the notice period. Unchanged if the circle is active."""
        self.require_owner(by)
        if self.state is CircleState.ACTIVE:
            return self
        if self.state is not CircleState.CLOSING or self.has_closed(at):
            raise CircleNotActive
        after = replace(self, state=CircleState.ACTIVE, closes_at=None, version=next_version(self.version, at))
        return after.schedule_next(at=at)

    def has_closed(self, at: datetime) -> bool:
        return self.state is CircleState.CLOSED or (self.closes_at is not None and at >= self.closes_at)

    def complete_closing(self, *, at: datetime) -> Circle:
        """Close the circle for good. Unchanged until its notice period has ended."""
        if self.state is CircleState.CLOSED or not self.has_closed(at):
            return self
        return replace(self, state=CircleState.CLOSED, due_at=at, version=next_version(self.version, at))

    def complete_purge(self, is_empty: bool, *, at: datetime) -> Circle:
        """Once all content is deleted, delete the name, the tags, the screening and the page too, and end the schedule."""
        if not is_empty or self.due_at is None:
            return self
        after = replace(self, due_at=None, name="", name_violation=None, tags=(), screening=None, page=EMPTY_PAGE)
        return replace(after, version=next_version(self.version, at))

    def offer_ownership(self, offer: OwnershipOffer, *, at: datetime) -> Circle:
        """Offer the circle. Unchanged if the same offer is open.

        Raises: CircleReadOnly (also before activation), OfferAlreadyOpen (another offer is open).
        """
        if self.state is not CircleState.ACTIVE:
            raise CircleReadOnly
        if self.offer and self.offer.is_open(at):
            if (self.offer.candidate, self.offer.kind) == (offer.candidate, offer.kind):
                return self
            raise OfferAlreadyOpen
        expired = self.offer if self.offer and self.offer.is_expired(at) else None
        past = self._past_candidates_with(expired)
        return replace(self, offer=offer, past_candidates=past, version=next_version(self.version, at))

    def _past_candidates_with(self, offer: OwnershipOffer | None) -> tuple[str, ...]:
        """Add the candidate of a succession, once. Transfers that the owner offers and withdraws do not count."""
        if offer is None or offer.kind is not OfferKind.SUCCESSION or offer.candidate in self.past_candidates:
            return self.past_candidates
        return (*self.past_candidates, offer.candidate)

    def clear_past_candidates(self, *, at: datetime) -> Circle:
        """Start again after all have been asked, or when the owner is back."""
        return replace(self, past_candidates=(), version=next_version(self.version, at)) if self.past_candidates else self

    def withdraw_ownership_offer(self, by: str, *, at: datetime) -> Circle:
        """Withdraw the offer as the owner, or decline it as its candidate.

        Raises: OfferNotFound, RoleNotAllowed (the owner was removed).
        """
        if self.offer is None or not self.offer.is_open(at) or by not in (self.owner, self.offer.candidate):
            raise OfferNotFound
        if by != self.offer.candidate:
            self.require_owner(by)
        return self._close_offer(self.offer, declined=by == self.offer.candidate, at=at)

    def has_pending_offer(self, offer_id: str) -> bool:
        return self.offer is not None and self.offer.id == offer_id and self.offer.state is not OfferState.WITHDRAWN

    def apply_succession_decided(self, offer_id: str, accepted: bool, *, at: datetime) -> Circle:
        """Mark the offer as accepted, which then waits for review's decision, or close it.

        Unchanged if the offer is not pending, so a repeated or late event does no harm.
        """
        if self.offer is None or not self.has_pending_offer(offer_id):
            return self
        if not accepted:
            return self._close_offer(self.offer, declined=True, at=at)
        if self.offer.state is OfferState.ACCEPTED:
            return self
        return replace(self, offer=self.offer.with_state(OfferState.ACCEPTED), version=next_version(self.version, at))

    def transfer_ownership(self, status: AccountStatus, status_version: int, *, at: datetime) -> Circle:
        """Make the candidate of the offer the owner; `status` is the account status of that candidate."""
        if self.offer is None:
            raise OfferNotFound
        after = replace(self, owner=self.offer.candidate, owner_removed=False, offer=None, past_candidates=())
        after = replace(after, owner_account_status=status, owner_status_version=status_version)
        return replace(after, version=next_version(self.version, at))

    def _close_offer(self, offer: OwnershipOffer, *, declined: bool, at: datetime) -> Circle:
        past = self._past_candidates_with(offer if declined else None)
        after = replace(self, offer=offer.with_state(OfferState.WITHDRAWN), past_candidates=past)
        return replace(after, version=next_version(self.version, at))

    def set_screening(self, rules: str, questions: tuple[str, ...], approval: bool, *, at: datetime) -> Circle:
        """Require users who join from now on to answer first. Unchanged if the screening is the same."""
        if self.screening and self.screening.equals(rules, questions, approval):
            return self
        revision = self.screening_revision + 1
        after = replace(self, screening=Screening(rules, questions, approval, revision), screening_revision=revision)
        return replace(after, version=next_version(self.version, at))

    def stop_screening(self, *, at: datetime) -> Circle:
        """Remove the screening. Members who wait for approval still do; those who have not answered join with no answers."""
        if self.screening is None:
            return self
        revision = self.screening_revision + 1  # so that a change that was based on the removed screening is denied
        return replace(self, screening=None, screening_revision=revision, version=next_version(self.version, at))

    def update_page(self, changes: dict[str, Any], *, at: datetime) -> Circle:
        """Change the page, also before the circle is open. Unchanged if it is the same. Raises: CircleReadOnly."""
        if self.is_read_only(at):
            raise CircleReadOnly
        page = self.page.update(changes)
        return self if page == self.page else replace(self, page=page, version=next_version(self.version, at))

    def take_page_down(self, take_down: TakeDown, *, at: datetime) -> Circle:
        """Reset the page, or bring it back. Unchanged for a closed circle, and as `CirclePage.apply_take_down`."""
        page = self.page if self.state is CircleState.CLOSED else self.page.apply_take_down(take_down)
        return self if page == self.page else replace(self, page=page, version=next_version(self.version, at))

    def apply_name_changed(self, name: str, violation: Violation | None, version: int, *, at: datetime) -> Circle:
        """Store the name to show. Unchanged if it is not newer, or the circle is closed: then its name is deleted."""
        if version <= self.name_version or self.state is CircleState.CLOSED:
            return self
        after = replace(self, name=name, name_violation=violation, name_version=version)
        return replace(after, version=next_version(self.version, at))

    def is_read_only(self, at: datetime) -> bool:
        return (
            self.state in (CircleState.CLOSING, CircleState.CLOSED)
            or self.owner_removed
            or self.owner_account_status.at(at).includes(SanctionLevel.SUSPENDED)
        )

    def apply_owner_account_status(self, owner: str, status: AccountStatus, version: int, *, at: datetime) -> Circle:
        """Store the owner's account status. Unchanged if it is not newer, or is of a former owner."""
        if owner != self.owner or version <= self.owner_status_version:
            return self
        after = replace(self, owner_account_status=status, owner_status_version=version)
        return replace(after, version=next_version(self.version, at))

    def apply_owner_removed(self, owner: str, *, at: datetime) -> Circle:
        """Make the circle read-only until it has a new owner. Unchanged if the user is a former owner."""
        if self.owner_removed or owner != self.owner:
            return self
        return replace(self, owner_removed=True, version=next_version(self.version, at))

    def require_writable(self, at: datetime) -> None:
        """Evaluated at each read, so no job has to end the effect of an owner's suspension.

        Raises: CircleNotActive, CircleReadOnly.
        """
        if self.state not in (CircleState.ACTIVE, CircleState.CLOSING):
            raise CircleNotActive
        if self.is_read_only(at):
            raise CircleReadOnly
