"""Whose a circle is: offered on by its owner, or to a co-owner when the owner is gone; never taken, and nothing changes before
the platform has agreed."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from services.circles.domain import Action, Circle, Member
from services.circles.domain.succession import OPEN_FOR, SILENT_FOR, Offer, OfferKind
from services.circles.errors import CandidateNotEligible, CircleNotFound, NothingOffered
from services.circles.repository import circles as repository
from services.circles.repository import notes, presence
from services.circles.usecases.members import change_circle
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import deterministic_id
from services.shared.messaging.events import CircleChanged, MembershipChanged, SuccessionAnswered
from services.shared.security.account_status import (
    SanctionLevel,
    account_status_key,
    get_account_status,
    get_account_status_and_version,
)
from services.shared.security.auth import Caller
from services.shared.table.port import (
    ABSENT,
    Attr,
    Check,
    Write,
)
from services.shared.table.versioned import retry_on_write_conflict

PAGES = 50  # of notes that are looked through for a sign of the owner


def offer_ownership(ports: Ports, caller: Caller, circle_id: str, user_id: str) -> Offer:
    """Offer one's circle to a member who is trusted here and under no sanction. They accept with the platform, which must
    agree. The same offer again is the same."""
    by = repository.require_member(ports.table, circle_id, caller.user_id)
    by.require(Action.TRANSFER)
    loaded, at = repository.find_member(ports.table, circle_id, user_id, consistent_read=True), ports.clock()
    sanctioned = get_account_status(ports.table, user_id, consistent_read=True).at(at).includes(SanctionLevel.MUTED)
    if loaded is None or user_id == by.user_id or sanctioned or not loaded.entity.may_take_over(at):
        raise CandidateNotEligible
    offer = Offer(_offer_id(circle_id, user_id, at), OfferKind.TRANSFER, user_id, at + OPEN_FOR)
    return change_circle(ports, circle_id, lambda circle: circle.offer_to_item(offer, at=at), tell=True).offer or offer


def withdraw_ownership_offer(ports: Ports, caller: Caller, circle_id: str) -> None:
    """The owner takes it back, or whom it was made to declines."""
    member = repository.require_member(ports.table, circle_id, caller.user_id)
    change_circle(ports, circle_id, lambda circle: circle.withdraw_ownership_offer(member.user_id, at=ports.clock()), tell=True)


def get_ownership_offer(ports: Ports, caller: Caller, circle_id: str) -> Offer:
    """For the owner, who may succeed them, and whom it is made to; for others there is none."""
    member = repository.require_member(ports.table, circle_id, caller.user_id)
    offer = repository.look_at_circle(ports.table, circle_id).offer
    concerned = member.may(Action.TRANSFER) or member.may(Action.SUCCEED) or (offer and offer.to == member.user_id)
    if offer is None or not concerned or not offer.is_open(ports.clock()):
        raise NothingOffered
    return offer


def take_answer(ports: Ports, event: SuccessionAnswered) -> None:
    """What the platform says of an offer. Of one that does not stand any more, nothing."""
    data = event.data
    if data.state == "approved":
        retry_on_write_conflict(lambda: _hand_over(ports, data.circle_id, data.succession_id))
        return
    accepted = data.state == "accepted"
    try:
        change_circle(
            ports, data.circle_id, lambda circle: circle.hear_answer(data.succession_id, accepted, at=ports.clock()), tell=True
        )
    except CircleNotFound:
        return


def _hand_over(ports: Ports, circle_id: str, succession_id: str) -> None:
    """Circle, new owner and old owner in one transaction, under the new owner's standing as it is known now."""
    loaded, at = repository.find_circle(ports.table, circle_id), ports.clock()
    offer = loaded.entity.offer
    if offer is None or offer.id != succession_id or not loaded.entity.waits_for(succession_id):
        return
    heir = repository.find_member(ports.table, circle_id, offer.to, consistent_read=True)
    standing, heard = get_account_status_and_version(ports.table, offer.to)
    if heir is None or not heir.entity.may_take_over(at) or standing.at(at).includes(SanctionLevel.MUTED):
        change_circle(ports, circle_id, lambda circle: circle.hear_answer(succession_id, False, at=at), tell=True)
        return
    old = repository.find_target(ports.table, circle_id, loaded.entity.owner)
    circle = loaded.entity.hand_over(standing, heard, at=at)
    after = heir.entity.take_over(at=at)
    stays_on = offer.kind is OfferKind.TRANSFER and not loaded.entity.owner_removed
    before = old.entity.step_down(stays_on, at=at)
    writes: list[Write] = [
        loaded.put(repository.circle_to_item(circle), ports.new_id, CircleChanged),
        heir.put(repository.member_to_item(after), ports.new_id, MembershipChanged),
        Check(account_status_key(offer.to), Attr("version").eq(heard) if heard else ABSENT),
    ]
    if before is not old.entity:
        writes.append(old.put(repository.member_to_item(before), ports.new_id, MembershipChanged))
    ports.table.transact(writes, token=ports.new_id("txn"))


def offer_succession(ports: Ports, circle: Circle) -> None:
    """Where the owner has been silent for a month, or was removed: offer the circle to the co-owner who has been here longest,
    then to the next. Without any, nothing is offered."""
    at = ports.clock()
    if circle.offer and circle.offer.is_open(at):
        return
    absent = circle.owner_removed or _is_silent(ports, circle)
    expired = circle.offer if circle.offer and circle.offer.is_expired(at) else None
    passed = {*circle.passed_over, *([expired.to] if expired and expired.kind is OfferKind.SUCCESSION else [])}
    fit = [one for one in _co_owners(ports, circle.id) if one.may_take_over(at)] if absent else []
    if not fit:
        change_circle(ports, circle.id, lambda found: found.forget_passed_over(at=at))
        return
    heirs = [one.user_id for one in fit if one.user_id not in passed]
    heir = heirs[0] if heirs else fit[0].user_id  # all have been asked: it begins anew
    offer = Offer(_offer_id(circle.id, heir, at), OfferKind.SUCCESSION, heir, at + OPEN_FOR)
    change_circle(ports, circle.id, lambda found: found.offer_to_item(offer, at=at), tell=True)


def _offer_id(circle_id: str, user_id: str, at: datetime) -> str:
    return deterministic_id("suc", millis(at), circle_id, user_id)


def _is_silent(ports: Ports, circle: Circle) -> bool:
    """No reading told of, no check-in, no note and no comment of the owner's for a month."""
    since = ports.clock() - SILENT_FOR
    reading = presence.look_at_reading(ports.table, circle.id, circle.owner)
    checked_in = presence.find_check_ins(ports.table, circle.id, circle.owner).entity
    owner = repository.find_target(ports.table, circle.id, circle.owner).entity
    signs = [circle.created_at, owner.joined_at, from_millis(checked_in.version), reading.seen_at or circle.created_at]
    if max(signs) > since:
        return False
    return not _has_spoken(ports, circle, since)


def _has_spoken(ports: Ports, circle: Circle, since: datetime) -> bool:
    """A note of the owner's since then, or a comment under one of the newest hundred notes. Looked for only where there is no
    other sign."""
    found = notes.notes_since(ports.table, circle.id, since, PAGES)
    newest = list(islice(found, 100))
    return (
        any(note.author == circle.owner for note in newest)
        or any(_has_commented(ports, circle, note.id, since) for note in newest if note.comments)
        or any(note.author == circle.owner for note in found)
    )


def _has_commented(ports: Ports, circle: Circle, note_id: str, since: datetime) -> bool:
    comments = map(notes.comment_from_item, notes.newest_comments(ports.table, circle.id, note_id, 100))
    return any(one.author == circle.owner and one.created_at > since for one in comments)


def _co_owners(ports: Ports, circle_id: str) -> list[Member]:
    """It reads every membership of the circle; rare, as silent owners are."""
    found = [repository.member_from_item(row) for row in repository.iter_members(ports.table, circle_id)]
    return sorted((one for one in found if one.may(Action.SUCCEED)), key=lambda one: one.joined_at)
