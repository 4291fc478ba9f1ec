"""Members of a circle, with the rate limit of each, and what a chat list reads of a user: memberships and read markers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil

from services.chat.domain import Action, MemberState, Participant, ReadMarker, Role, Room, Senders
from services.chat.domain.permissions import SENDERS
from services.chat.errors import CircleNotFound, RoleNotAllowed, SendRateExceeded
from services.chat.repository.read_markers import circle_of_marker, is_marker, marker_from_item
from services.chat.settings import settings
from services.shared.kernel.clock import from_millis, millis, millis_of
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.account_status import (
    NO_SANCTION,
    AccountStatus,
    account_status_from_item,
    account_status_key,
    get_account_status,
)
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Condition, Item, Key, Query
from services.shared.table.pages import query_all, query_page
from services.shared.table.port import ConditionFailed, Table

PAGE_SIZE = 1000
CIRCLE = "CIRCLE#"  # the prefix of the sort keys of memberships and read markers

IS_MEMBER = Attr("state").eq(str(MemberState.MEMBER))
IS_NO_NEWCOMER = Attr("role").ne(str(Role.NEWCOMER))


def participant_key(circle_id: str, user_id: str) -> Key:
    return Key(f"USER#{user_id}", f"{CIRCLE}{circle_id}")


def require_participant(
    table: Table, circle_id: str, user_id: str, action: Action, at: datetime, *, consistent_read: bool = False
) -> Participant:
    """Return the user's membership if it permits the action now. Every use case inside a circle calls this first.

    A circle of others and one that does not exist cost the same read and have the same error.

    Raises: CircleNotFound (not a member), CallerMuted, RoleNotAllowed.
    """
    participant = find_participant(table, circle_id, user_id, consistent_read=consistent_read)
    if participant is None or not participant.is_member:
        raise CircleNotFound
    participant.require_not_muted(action, at)
    if not participant.can(action):
        raise RoleNotAllowed
    return participant


def find_participant(table: Table, circle_id: str, user_id: str, *, consistent_read: bool = False) -> Participant | None:
    return PARTICIPANTS.find(table, participant_key(circle_id, user_id), consistent_read=consistent_read)


def find_sender(
    table: Table, circle_id: str, user_id: str, interval: timedelta, at: datetime
) -> tuple[Participant | None, bool]:
    """Return the user's membership, and whether they sent nothing here for an interval; eventually consistent."""
    item = table.get(participant_key(circle_id, user_id))
    is_rested = item is not None and item.get("slots_free_at", 0) <= millis(at) + SendLimit.of(interval).ahead
    return participant_from_item(item) if item else None, is_rested


def find_participants(table: Table, circle_id: str, user_ids: Collection[str]) -> list[Participant]:
    """Return the memberships of these users, read together, eventually consistent."""
    keys = [participant_key(circle_id, user_id) for user_id in user_ids]
    return [participant for participant in PARTICIPANTS.find_many(table, keys) if participant]


def list_participations(
    table: Table, user_id: str, page: PageRequest
) -> tuple[Page[Participant], dict[str, dict[str, ReadMarker]], AccountStatus]:
    """Return a page of the memberships in which the user can read, by circle and room the read markers, and the account status.

    All are one range of keys: the account status is before the memberships, and the read markers of a circle follow its
    membership. Another page than the first one begins behind the account status, which is then read by itself.
    Cost: 0.5 read units per 4 KB, some 13 circles; 0.5 more for a later page.
    """
    markers: dict[str, dict[str, ReadMarker]] = {}
    status_key = account_status_key(user_id)
    account_status = get_account_status(table, user_id) if page.start else NO_SANCTION

    def entry_of(item: Item) -> Participant | None:
        nonlocal account_status
        if item["sk"] == status_key.sk:
            account_status = account_status_from_item(item)
            return None
        if is_marker(item):
            marker = marker_from_item(item)
            markers.setdefault(circle_of_marker(item), {})[marker.room_id] = marker
            return None
        participant = participant_from_item(item)
        return participant if participant.can(Action.READ) else None

    # A circle without topics has at most a membership and two markers, so the first query has the whole page as a rule.
    query = Query(status_key.pk, page.limit, first=status_key.sk, last=f"{CIRCLE}~", start=page.start)
    memberships = query_page(table, query, entry_of, first_read=1 + 3 * (page.limit + 1))
    return memberships, markers, account_status


def iter_participations(table: Table, user_id: str) -> Iterator[Participant]:
    items = query_all(table, Query(pk=f"USER#{user_id}", prefix=CIRCLE, limit=PAGE_SIZE))
    return (participant_from_item(item) for item in items if not is_marker(item))


def put_participant(table: Table, participant: Participant, earlier: Participant | None) -> Participant:
    """Store a membership unless the stored one is as new or newer; return what is stored afterwards.

    earlier: the stored one as it was read. The item is never deleted: its version makes an old event harmless. The attributes
    of the rate limit stay on it.
    Raises: ConditionFailed (an older one than this was stored since `earlier` was read).
    """
    item = participant_to_item(participant)
    key = Key(item.pop("pk"), item.pop("sk"))
    unchanged = Attr("version").eq(earlier.version) if earlier else Attr("version").not_exists()
    newer = unchanged & (Attr("version").not_exists() | Attr("version").lt(participant.version))
    try:
        table.update(key, set=item, remove=() if participant.needs_approval else ("needs_approval",), when=newer)
    except ConditionFailed as failed:
        stored = participant_from_item(failed.old or {})
        if stored.version < participant.version:
            raise
        return stored
    return participant


def acquire_rate_limit_slot(
    table: Table,
    room: Room,
    user_id: str,
    token: str,
    at: datetime,
    *,
    over_newcomer_limits: bool = False,
    mentions_all: bool = False,
    interval: timedelta = timedelta(0),
) -> bool:
    """Use one slot in one conditional update, if membership, mute and senders of the room permit it; return whether it did.

    over_newcomer_limits: whether a newcomer cannot send it. mentions_all: whether a moderator alone can.
    interval: the least time since the member's last message; 0 for none, but that of the burst.
    The limit is a generic cell rate: `slots_free_at` is when every slot is free again. A retry of the last send (same token)
    uses no slot.
    Raises: CircleNotFound (not a member), CallerMuted, RoomNotFound (the moderators' room), RoleNotAllowed (not among the
    senders of the room, or to mention all), NewcomerLimitExceeded, SendRateExceeded (`retry_after` is when a slot is free).
    """
    key, limit = participant_key(room.circle_id, user_id), SendLimit.of(interval)
    needs_slot = partial(_needs_slot, room, token, at, limit, over_newcomer_limits, mentions_all)
    now, free_at = millis(at), Attr("slots_free_at")
    # A retry of the last send must not use a slot, however late it comes.
    can_send = _can_speak(now, over_newcomer_limits, mentions_all, room) & Attr("last_token").ne(token)
    try:
        idle = free_at.not_exists() | free_at.le(now + min(0, limit.ahead))
        table.update(key, set={"slots_free_at": now + limit.used, "last_token": token}, when=can_send & idle)
        return True
    except ConditionFailed as failed:
        if not needs_slot(failed.old):
            return False
    try:
        in_burst = can_send & free_at.le(now + limit.ahead)
        table.update(key, add={"slots_free_at": limit.used}, set={"last_token": token}, when=in_burst)
    except ConditionFailed as failed:
        if needs_slot(failed.old):
            raise
        return False
    return True


@dataclass(frozen=True, slots=True)
class SendLimit:
    """How fast one member sends, in milliseconds. used: by one message. ahead: how far `slots_free_at` can be after now.

    ahead is negative where the member must have sent nothing for longer than one message uses.
    """

    used: int
    ahead: int

    @classmethod
    def of(cls, interval: timedelta) -> SendLimit:
        used = millis_of(settings().send_interval)
        return cls(used, used - millis_of(interval) if interval else millis_of(settings().send_burst))


def _can_speak(now: int, over_newcomer_limits: bool, mentions_all: bool, room: Room) -> Condition:
    can_speak = IS_MEMBER & (Attr("muted_until").not_exists() | Attr("muted_until").le(now))
    can_speak = can_speak & IS_NO_NEWCOMER if over_newcomer_limits else can_speak
    senders = SENDERS[Senders.MODERATORS] if mentions_all else room.senders
    if senders == SENDERS[Senders.MEMBERS]:
        return can_speak  # every role: the condition needs none
    return can_speak & Attr("role").is_in(*sorted(map(str, senders)))


def _needs_slot(
    room: Room, token: str, at: datetime, limit: SendLimit, over_newcomer_limits: bool, mentions_all: bool, item: Item | None
) -> bool:
    """Return whether a send needs a slot that can be free; False for a retry of the member's last send.

    Raises: CircleNotFound, CallerMuted, RoomNotFound, RoleNotAllowed, NewcomerLimitExceeded, SendRateExceeded.
    """
    participant = participant_from_item(item) if item else None
    if item is None or participant is None or not participant.can(Action.SEND):
        raise CircleNotFound from None
    participant.require_can_send(room, at)
    if item.get("last_token") == token:
        return False
    if mentions_all and not participant.can(Action.MENTION_ALL):
        raise RoleNotAllowed from None
    participant.require_newcomer_limits(is_over=over_newcomer_limits)
    wait = item.get("slots_free_at", 0) - limit.ahead - millis(at)
    if wait > 0:
        raise SendRateExceeded(retry_after=ceil(wait / 1000)) from None
    return True


def participant_to_item(participant: Participant) -> Item:
    """Return the item. It does not repeat its key: a chat list reads 12 of these with their read markers in one read unit."""
    item: Item = {
        **participant_key(participant.circle_id, participant.user_id).attributes(),
        "role": str(participant.role),
        "state": str(participant.state),
        "version": participant.version,
        "muted_until": millis(participant.muted_until) if participant.muted_until else 0,
        "member_since": millis(participant.member_since) if participant.member_since else 0,
    }
    return item | ({"needs_approval": True} if participant.needs_approval else {})


def participant_from_item(item: Item) -> Participant:
    circle_id, user_id = item["sk"].removeprefix("CIRCLE#"), item["pk"].removeprefix("USER#")
    muted_until = from_millis(item["muted_until"]) if item.get("muted_until") else None
    member_since = from_millis(item["member_since"]) if item.get("member_since") else None
    role, state = Role(item["role"]), MemberState(item["state"])
    needs_approval = item.get("needs_approval", False)
    return Participant(circle_id, user_id, role, state, item["version"], muted_until, member_since, needs_approval)


PARTICIPANTS = EntityStore(participant_to_item, participant_from_item, CircleNotFound)
