"""Successions: a candidate accepts an offered circle, and two reviewers approve."""

from __future__ import annotations

from services.review.domain.applicant import MIN_ACTIVE_DAYS
from services.review.domain.calendar import add_working_time
from services.review.domain.permissions import can_read_succession
from services.review.domain.states import SLA
from services.review.domain.succession import Succession, SuccessionState
from services.review.errors import ApplicationNotFound, ConflictOfInterest, SuccessionNotFound
from services.review.repository import applications, people, tenures
from services.review.repository import successions as repository
from services.review.repository.applications import list_review_queue_entries
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.identities import hash_pseudonym, parse_real_name_token
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import get_profile
from services.review.usecases.reviewers import find_reviewer, require_reviewer
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import SuccessionDecided
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


def accept_succession(ports: Ports, caller: Caller, succession_id: str, real_name_token: str) -> Succession:
    """Accept the offered circle under the candidate's real name, and return the succession.

    The candidate must be as eligible as an applicant. Unchanged if the succession is accepted already.

    Raises: SuccessionNotFound, OfferNotOpen, Invalid (the token is not a current statement about this user),
    ConflictOfInterest (the candidate's person owned the circle before), ApplicantNotAdult, ActiveDaysInsufficient,
    ApplicantSanctioned, StrikeLimitReached, CircleLimitReached.
    """

    def attempt() -> Succession:
        loaded, at = _load_as_candidate(ports, caller, succession_id), ports.clock()
        statement = parse_real_name_token(ports, caller.user_id, real_name_token)
        identity_hash = hash_pseudonym(ports, statement.pseudonym)
        after = loaded.entity.accept(identity_hash, add_working_time(at, SLA), at=at)
        if after is loaded.entity:
            return after
        applicant = people.load_applicant(ports.table, identity_hash)
        _require_never_owner(ports, after, {caller.user_id, *applicant.entity.user_ids})
        get_profile(ports, caller.user_id, applicant.entity, statement.adult, statement.active_days).require_eligible()
        put = loaded.put(repository.succession_to_item(after), ports.new_id, SuccessionDecided)
        linked = applicant.entity.add_user(caller.user_id)
        link = [applicant.put(people.applicant_to_item(linked), ports.new_id)] if linked is not applicant.entity else []
        ports.table.transact([put, *link], token=ports.new_id("txn"))
        return after

    return retry_on_write_conflict(attempt)


def decide_succession(ports: Ports, caller: Caller, succession_id: str, approves: bool, note: str) -> Succession:
    """Approve a succession as one of two reviewers, or reject it, and return it.

    The last approval checks again that the candidate is eligible by what this service knows.
    Unchanged if the reviewer repeats an approval, or a rejection with the same note.

    Raises: ReviewerNotEnrolled, SuccessionNotFound, SuccessionNotAccepted, OfferNotOpen, ConflictOfInterest,
    SecondReviewerRequired, ApplicantSanctioned, StrikeLimitReached, CircleLimitReached.
    """
    by = require_reviewer(ports, caller)

    def attempt() -> Succession:
        loaded = repository.load_succession(ports.table, succession_id)
        before = loaded.entity
        if approves and by in before.approvals and before.state in (SuccessionState.ACCEPTED, SuccessionState.APPROVED):
            return before
        if not approves and before.state is SuccessionState.REJECTED and before.note == note:
            return before
        users = {before.owner} | people.get_users_of_identity(ports.table, before.identity_hash, before.candidate)
        conflict = has_conflict_of_interest(ports, users, by)
        after = before.decide(by, approves, note, has_conflict=conflict, at=ports.clock())
        if after.state is SuccessionState.APPROVED:
            applicant = people.load_applicant(ports.table, before.identity_hash).entity
            get_profile(ports, before.candidate, applicant, True, MIN_ACTIVE_DAYS).require_can_own()
        events = [SuccessionDecided] if after.state is not before.state else []
        save(ports.table, loaded.put(repository.succession_to_item(after), ports.new_id, *events))
        return after

    return retry_on_write_conflict(attempt)


def get_succession(ports: Ports, caller: Caller, succession_id: str) -> Succession:
    """Return a succession to its candidate, its owner or a reviewer.

    Raises: SuccessionNotFound.
    """
    succession = repository.load_succession(ports.table, succession_id).entity
    if not can_read_succession(succession, caller, find_reviewer(ports, caller)):
        raise SuccessionNotFound
    return succession


def list_successions(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Succession], Item | None]:
    """List the accepted successions that reviewers must decide, earliest due first.

    Raises: ReviewerNotEnrolled.
    """
    require_reviewer(ports, caller)
    page = list_review_queue_entries(ports.table, repository.QUEUE, limit, start)
    ids = [item["gsi2sk"].partition("#")[2] for item in page.items]
    return [repository.load_succession(ports.table, succession_id).entity for succession_id in ids], page.next


def _require_never_owner(ports: Ports, succession: Succession, users: set[str]) -> None:
    """Raise ConflictOfInterest if one of `users` owned the circle."""
    application_id = derive_id("app", succession.circle_id)
    try:
        tenure = tenures.load_tenure(ports.table, application_id).entity
        owners = {applications.load_application(ports.table, application_id).entity.applicant, tenure.owner}
    except ApplicationNotFound:
        owners = set()
    if (owners | {succession.owner}) & users:
        raise ConflictOfInterest


def _load_as_candidate(ports: Ports, caller: Caller, succession_id: str) -> Versioned[Succession]:
    loaded = repository.load_succession(ports.table, succession_id)
    if loaded.entity.candidate != caller.user_id:
        raise SuccessionNotFound
    return loaded
