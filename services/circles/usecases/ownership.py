"""Transferring a circle: by its owner's offer, or to a co-owner when the owner is absent.

The candidate accepts in the review service, and reviewers approve; until then nothing changes. See decision 24.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from itertools import islice

from services.circles.domain import Action, Circle, Member
from services.circles.domain.ownership import OfferKind, OwnershipOffer
from services.circles.errors import CandidateNotEligible, CircleNotFound, OfferNotFound
from services.circles.repository import check_ins, comments, notes, reading_activity
from services.circles.repository import circles as repository
from services.circles.settings import settings
from services.circles.usecases.circles import change_circle, circle_events
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.circles.usecases.slots import change_slot
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import deterministic_id
from services.shared.messaging.events import CircleChanged, MembershipChanged
from services.shared.security.account_status import (
    SanctionLevel,
    account_status_unchanged,
    get_account_status,
    get_account_status_and_version,
)
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, update

MAX_NOTE_PAGES = 50  # of 100 notes each, when the owner's last activity is looked for


def offer_ownership(ports: Ports, caller: Caller, circle_id: str, user_id: str) -> OwnershipOffer:
    """Offer the caller's circle to a member and return the offer.

    Unchanged if the same offer is open.
    Cost: 2 write units and 4.5 read units.
    Raises: CircleNotFound, RoleNotAllowed, CandidateNotEligible, CircleReadOnly (also before activation), OfferAlreadyOpen
    (to another member), RateLimitReached.
    """
    by = require_permission(ports, caller, circle_id, Action.TRANSFER)
    candidate, at = repository.find_member(ports.table, circle_id, user_id, consistent_read=True), ports.clock()
    sanctioned = get_account_status(ports.table, user_id, consistent_read=True).at(at).includes(SanctionLevel.MUTED)
    if candidate is None or user_id == by.user_id or sanctioned or not candidate.can_become_owner(at):
        raise CandidateNotEligible
    offer = OwnershipOffer(_offer_id(circle_id, user_id, at), OfferKind.TRANSFER, user_id, at + settings().offer_lifetime)
    slot = change_slot(ports, caller)
    circle = change_circle(ports, circle_id, lambda circle: circle.offer_ownership(offer, at=at), publish=True, slot=slot)
    return circle.offer or offer


def withdraw_ownership_offer(ports: Ports, caller: Caller, circle_id: str) -> None:
    """Withdraw the open offer as owner, or decline it as candidate.

    Raises: CircleNotFound, OfferNotFound, RoleNotAllowed (the owner was removed).
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    change_circle(
        ports, circle_id, lambda circle: circle.withdraw_ownership_offer(member.user_id, at=ports.clock()), publish=True
    )


def get_ownership_offer(ports: Ports, caller: Caller, circle_id: str) -> OwnershipOffer:
    """Return the open offer to its owner, its candidate or a co-owner.

    Raises: CircleNotFound, OfferNotFound.
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    offer = repository.get_circle(ports.table, circle_id).offer
    is_concerned = (
        member.can(Action.TRANSFER) or member.can(Action.RECEIVE_SUCCESSION) or (offer and offer.candidate == member.user_id)
    )
    if offer is None or not is_concerned or not offer.is_open(ports.clock()):
        raise OfferNotFound
    return offer


def record_offer_response(ports: Ports, circle_id: str, offer_id: str, *, accepted: bool) -> None:
    """Mark an offer as accepted, or close it.

    Unchanged if the offer is no longer open or the circle does not exist.
    """
    try:
        change_circle(
            ports, circle_id, lambda circle: circle.apply_succession_decided(offer_id, accepted, at=ports.clock()), publish=True
        )
    except CircleNotFound:
        return


def transfer_ownership(ports: Ports, circle_id: str, offer_id: str) -> None:
    """Transfer the circle to the candidate of an approved offer.

    The offer is closed instead if the candidate is no longer eligible.

    Unchanged if the offer is no longer open.
    Cost: one transaction of the circle, the new owner and the former owner.
    """
    update(ports, partial(repository.load_circle, ports.table, circle_id), partial(_transfer, ports, offer_id))


def _transfer(ports: Ports, offer_id: str, circle: Circle) -> Circle | Changed[Circle]:
    offer, at = circle.offer, ports.clock()
    if offer is None or not circle.has_pending_offer(offer_id):
        return circle
    candidate = repository.load_member(ports.table, circle.id, offer.candidate)
    status, status_version = get_account_status_and_version(ports.table, offer.candidate)
    if not candidate.entity.can_become_owner(at) or status.at(at).includes(SanctionLevel.MUTED):
        closed = circle.apply_succession_decided(offer_id, False, at=at)
        return Changed(closed, circle_events(closed))
    former = repository.load_member(ports.table, circle.id, circle.owner)
    becomes_co_owner = offer.kind is OfferKind.TRANSFER and not circle.owner_removed
    former_owner = former.entity.step_down(becomes_co_owner, at=at)
    # The status is checked in the transaction: a sanction of the candidate in between starts the transfer again.
    owner_since = 0 if circle.owner_removed else former.entity.owner_since
    also = [
        candidate.write(ports, candidate.entity.become_owner(owner_since, at=at), MembershipChanged),
        account_status_unchanged(offer.candidate, status_version),
    ]
    if former_owner is not former.entity:
        also.append(former.write(ports, former_owner, MembershipChanged))
    return Changed(circle.transfer_ownership(status, status_version, at=at), [CircleChanged], also)


def offer_succession(ports: Ports, circle: Circle) -> None:
    """Offer the circle of an absent or removed owner to the next co-owner, longest membership first.

    Unchanged if an offer is open. If the owner is active or no co-owner is eligible, the past candidates are cleared.
    """
    at = ports.clock()
    if circle.offer and circle.offer.is_open(at):
        return
    is_absent = circle.owner_removed or _is_silent(ports, circle)
    expired = circle.offer if circle.offer and circle.offer.is_expired(at) else None
    passed = {*circle.past_candidates, *([expired.candidate] if expired and expired.kind is OfferKind.SUCCESSION else [])}
    eligible = [member for member in _co_owners(ports, circle.id) if member.can_become_owner(at)] if is_absent else []
    if not eligible:
        change_circle(ports, circle.id, lambda circle: circle.clear_past_candidates(at=at))
        return
    candidates = [member.user_id for member in eligible if member.user_id not in passed]
    candidate = candidates[0] if candidates else eligible[0].user_id  # all were asked: start again with the first
    offer = OwnershipOffer(_offer_id(circle.id, candidate, at), OfferKind.SUCCESSION, candidate, at + settings().offer_lifetime)
    change_circle(ports, circle.id, lambda circle: circle.offer_ownership(offer, at=at), publish=True)


def _offer_id(circle_id: str, user_id: str, at: datetime) -> str:
    return deterministic_id("suc", millis(at), circle_id, user_id)


def _is_silent(ports: Ports, circle: Circle) -> bool:
    """Return whether the owner has not read, checked in, posted or commented for too long."""
    since = ports.clock() - settings().max_owner_silence
    reading = reading_activity.get_reading_activity(ports.table, circle.id, circle.owner)
    checked_in = check_ins.load_check_ins(ports.table, circle.id, circle.owner).entity
    owner = repository.load_member(ports.table, circle.id, circle.owner).entity
    signs = [circle.created_at, owner.joined_at, from_millis(checked_in.version), reading.last_read_at or circle.created_at]
    if max(signs) > since:
        return False
    return not _has_written(ports, circle, since)


def _has_written(ports: Ports, circle: Circle, since: datetime) -> bool:
    """Return whether the owner posted a note since then, or commented on one of the newest 100 notes.

    Called only if there is no cheaper sign of activity: it can read many pages.
    """
    recent = notes.iter_notes_since(ports.table, circle.id, since, MAX_NOTE_PAGES)
    newest = list(islice(recent, 100))
    return (
        any(note.author == circle.owner for note in newest)
        or any(_has_commented(ports, circle, note.id, since) for note in newest if note.comments)
        or any(note.author == circle.owner for note in recent)
    )


def _has_commented(ports: Ports, circle: Circle, note_id: str, since: datetime) -> bool:
    newest = comments.list_newest_comments(ports.table, circle.id, note_id, 100).items
    return any(comment.author == circle.owner and comment.created_at > since for comment in newest)


def _co_owners(ports: Ports, circle_id: str) -> list[Member]:
    """Return the co-owners, longest membership first.

    This reads every membership of the circle. An index would cost each join a write; absent owners are rare.
    """
    members = repository.iter_members(ports.table, circle_id)
    return sorted((member for member in members if member.can(Action.RECEIVE_SUCCESSION)), key=lambda member: member.joined_at)
