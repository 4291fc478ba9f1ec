"""Successions: a candidate accepts an offered circle, and two reviewers approve."""

from __future__ import annotations

from functools import partial

from services.review.domain.calendar import add_working_time
from services.review.domain.permissions import can_read_succession
from services.review.domain.succession import Succession, SuccessionState
from services.review.errors import ApplicationNotFound, ConflictOfInterest, SuccessionNotFound
from services.review.repository import applications, tenures
from services.review.repository import successions as repository
from services.review.settings import settings
from services.review.usecases.access import record_access
from services.review.usecases.conflicts import has_conflict_of_interest, load_linked_users
from services.review.usecases.identities import link_identity
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import get_profile, load_person
from services.review.usecases.reviewers import find_reviewer, require_reviewer
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import SuccessionDecided
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, Versioned, update


def accept_succession(ports: Ports, caller: Caller, succession_id: str, real_name_token: str) -> Succession:
    """Accept the offered circle under the candidate's real name, and return the succession.

    The candidate must be as eligible as an applicant. Unchanged if the succession is accepted already.

    Raises: SuccessionNotFound, OfferNotOpen, Invalid (the token is not a current statement about this user),
    ConflictOfInterest (the candidate owned the circle before, under any user that was ever verified), ApplicantNotAdult,
    ActiveDaysInsufficient, ApplicantSanctioned, StrikeLimitReached, CircleLimitReached.
    """

    def change(before: Succession) -> Succession | Changed[Succession]:
        at, (statement, identity_hash) = ports.clock(), link_identity(ports, caller.user_id, real_name_token)
        after = before.accept(identity_hash, add_working_time(at, settings().review_time), at=at)
        if after is before:
            return before
        _require_never_owner(ports, after, caller.user_id)
        person = load_person(ports, caller.user_id, identity_hash)
        get_profile(ports, person, statement.adult, statement.active_days).require_eligible()
        return Changed(after, [SuccessionDecided])

    return update(ports, partial(_load_as_candidate, ports, caller, succession_id), change)


def decide_succession(ports: Ports, caller: Caller, succession_id: str, approves: bool, note: str) -> Succession:
    """Approve a succession as one of two reviewers, or reject it, and return it.

    The last approval checks again that the candidate is eligible by what this service knows.
    Unchanged if the reviewer repeats an approval, or a rejection with the same note.

    Raises: ReviewerNotEnrolled, SuccessionNotFound, SuccessionNotAccepted, OfferNotOpen, ConflictOfInterest,
    SecondReviewerRequired, ApplicantSanctioned, StrikeLimitReached, CircleLimitReached.
    """
    by = require_reviewer(ports, caller)

    def change(before: Succession) -> Succession | Changed[Succession]:
        if approves and by in before.approvals and before.state in (SuccessionState.ACCEPTED, SuccessionState.APPROVED):
            return before
        if not approves and before.state is SuccessionState.REJECTED and before.note == note:
            return before
        conflict = has_conflict_of_interest(ports, by, {before.owner, before.candidate}, previous=before.approvals)
        after = before.decide(by, approves, note, has_conflict=conflict, at=ports.clock())
        if after.state is SuccessionState.APPROVED:
            person = load_person(ports, before.candidate, before.identity_hash)
            get_profile(ports, person, True, settings().min_active_days).require_can_own()
        return after if after.state is before.state else Changed(after, [SuccessionDecided])

    return update(ports, partial(repository.load_succession, ports.table, succession_id), change)


def get_succession(ports: Ports, caller: Caller, succession_id: str) -> Succession:
    """Return a succession to its candidate, its owner or a reviewer.

    A reviewer's access is limited per hour and is recorded before the succession is returned.

    Raises: SuccessionNotFound, ConflictOfInterest, ReadLimitReached.
    """
    succession, reviewer = repository.load_succession(ports.table, succession_id).entity, find_reviewer(ports, caller)
    if not can_read_succession(succession, caller, reviewer):
        raise SuccessionNotFound
    if reviewer and caller.user_id not in (succession.candidate, succession.owner):
        record_access(ports, reviewer, succession_id, {succession.owner, succession.candidate})
    return succession


def list_successions(ports: Ports, caller: Caller, page: PageRequest) -> Page[Succession]:
    """Return a page of the accepted successions that reviewers must decide, earliest due first.

    The response has neither owner nor candidate.

    Raises: ReviewerNotEnrolled.
    """
    require_reviewer(ports, caller)
    return repository.list_successions(ports.table, page)


def _require_never_owner(ports: Ports, succession: Succession, candidate: str) -> None:
    """Raise ConflictOfInterest if the candidate, under any user that was ever verified, owned the circle."""
    application_id = derive_id("app", succession.circle_id)
    try:
        tenure = tenures.get_tenure(ports.table, application_id)
        first_owner = applications.get_application(ports.table, application_id).applicant
        owners = {first_owner, tenure.owner, *tenure.former_owners}
    except ApplicationNotFound:
        owners = set()
    if (owners | {succession.owner}) & load_linked_users(ports, {candidate}).users:
        raise ConflictOfInterest


def _load_as_candidate(ports: Ports, caller: Caller, succession_id: str) -> Versioned[Succession]:
    loaded = repository.load_succession(ports.table, succession_id)
    if loaded.entity.candidate != caller.user_id:
        raise SuccessionNotFound
    return loaded
