"""Successions: a candidate accepts an offered circle, and two reviewers approve."""

from __future__ import annotations

from functools import partial

from services.review.domain.calendar import add_working_time
from services.review.domain.permissions import can_read_succession
from services.review.domain.succession import Succession, SuccessionState
from services.review.errors import ApplicationNotFound, ConflictOfInterest, SuccessionNotFound
from services.review.repository import applications, people, tenures
from services.review.repository import successions as repository
from services.review.settings import settings
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.identities import hash_pseudonym, parse_real_name_token
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import get_profile
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
    ConflictOfInterest (the candidate's person owned the circle before), ApplicantNotAdult, ActiveDaysInsufficient,
    ApplicantSanctioned, StrikeLimitReached, CircleLimitReached.
    """

    def change(before: Succession) -> Succession | Changed[Succession]:
        at, statement = ports.clock(), parse_real_name_token(ports, caller.user_id, real_name_token)
        identity_hash = hash_pseudonym(ports, statement.pseudonym)
        after = before.accept(identity_hash, add_working_time(at, settings().review_time), at=at)
        if after is before:
            return before
        applicant = people.load_applicant(ports.table, identity_hash)
        _require_never_owner(ports, after, {caller.user_id, *applicant.entity.user_ids})
        get_profile(ports, caller.user_id, applicant.entity, statement.adult, statement.active_days).require_eligible()
        linked = applicant.entity.add_user(caller.user_id)
        link = [applicant.write(ports, linked)] if linked is not applicant.entity else []
        return Changed(after, [SuccessionDecided], link)

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
        users = {before.owner} | people.get_users_of_identity(ports.table, before.identity_hash, before.candidate)
        conflict = has_conflict_of_interest(ports, users, by)
        after = before.decide(by, approves, note, has_conflict=conflict, at=ports.clock())
        if after.state is SuccessionState.APPROVED:
            applicant = people.load_applicant(ports.table, before.identity_hash).entity
            get_profile(ports, before.candidate, applicant, True, settings().min_active_days).require_can_own()
        return after if after.state is before.state else Changed(after, [SuccessionDecided])

    return update(ports, partial(repository.load_succession, ports.table, succession_id), change)


def get_succession(ports: Ports, caller: Caller, succession_id: str) -> Succession:
    """Return a succession to its candidate, its owner or a reviewer.

    Raises: SuccessionNotFound.
    """
    succession = repository.load_succession(ports.table, succession_id).entity
    if not can_read_succession(succession, caller, find_reviewer(ports, caller)):
        raise SuccessionNotFound
    return succession


def list_successions(ports: Ports, caller: Caller, page: PageRequest) -> Page[Succession]:
    """Return a page of the accepted successions that reviewers must decide, earliest due first.

    Raises: ReviewerNotEnrolled.
    """
    require_reviewer(ports, caller)
    return repository.list_successions(ports.table, page)


def _require_never_owner(ports: Ports, succession: Succession, users: set[str]) -> None:
    """Raise ConflictOfInterest if one of `users` owned the circle."""
    application_id = derive_id("app", succession.circle_id)
    try:
        tenure = tenures.get_tenure(ports.table, application_id)
        owners = {applications.get_application(ports.table, application_id).applicant, tenure.owner}
    except ApplicationNotFound:
        owners = set()
    if (owners | {succession.owner}) & users:
        raise ConflictOfInterest


def _load_as_candidate(ports: Ports, caller: Caller, succession_id: str) -> Versioned[Succession]:
    loaded = repository.load_succession(ports.table, succession_id)
    if loaded.entity.candidate != caller.user_id:
        raise SuccessionNotFound
    return loaded
