"""Members of a circle, with the rate limit of each, and what a chat list reads of a user: memberships and read markers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial, reduce
from math import ceil
from operator import or_

from services.chat.domain import Action, MemberState, Participant, ReadMarker, Role, moderators_room_id
from services.chat.domain.permissions import PERMISSIONS
from services.chat.errors import CircleNotFound, RoleNotAllowed, RoomNotFound, SendRateExceeded
from services.chat.repository.read_markers import is_marker, marker_from_item
from services.chat.settings import settings
from services.shared.kernel.clock import from_millis, millis, millis_of
from services.shared.kernel.errors import NewcomerLimitExceeded
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

# Every role can send (domain/permissions.py), so the condition of a send needs a role only for what moderators alone can: to
# enter their room, and to mention all.
IS_MEMBER = Attr("state").eq(str(MemberState.MEMBER))
IS_MODERATOR = reduce(or_, (Attr("role").eq(str(role)) for role in Role if Action.ENTER_MODERATORS_ROOM in PERMISSIONS[role]))
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


def find_participants(table: Table, circle_id: str, user_ids: Collection[str]) -> list[Participant]:
    """Return the memberships of these users, read together, eventually consistent."""
    keys = [participant_key(circle_id, user_id) for user_id in user_ids]
    return [participant for participant in PARTICIPANTS.find_many(table, keys) if participant]


def list_participations(
    table: Table, user_id: str, page: PageRequest
) -> tuple[Page[Participant], dict[str, ReadMarker], AccountStatus]:
    """Return a page of the memberships in which the user can read, the read markers of their rooms, and the account status.

    All are one range of keys: the account status is before the memberships, and the read markers of a circle follow its
    membership. Another page than the first one begins behind the account status, which is then read by itself.
    Cost: 0.5 read units per 4 KB, some 13 circles; 0.5 more for a later page.
    """
    markers: dict[str, ReadMarker] = {}
    status_key = account_status_key(user_id)
    account_status = get_account_status(table, user_id) if page.start else NO_SANCTION

    def entry_of(item: Item) -> Participant | None:
        nonlocal account_status
        if item["sk"] == status_key.sk:
            account_status = account_status_from_item(item)
            return None
        if is_marker(item):
            marker = marker_from_item(item)
            markers[marker.room_id] = marker
            return None
        participant = participant_from_item(item)
        return participant if participant.can(Action.READ) else None

    # A circle has at most a membership and two markers, so the first query has the whole page, unless the user left circles.
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
    circle_id: str,
    user_id: str,
    token: str,
    at: datetime,
    *,
    room_id: str = "",
    over_newcomer_limits: bool = False,
    mentions_all: bool = False,
) -> bool:
    """Check membership, mute and rate limit, and use one slot, in one conditional update; return whether one was used.

    over_newcomer_limits: whether a newcomer cannot send it. mentions_all: whether a moderator alone can.
    The limit is a generic cell rate: `slots_free_at` is when every slot is free again. A retry of the last send (same token)
    uses no slot.
    Raises: CircleNotFound (not a member), CallerMuted, RoomNotFound (the moderators' room), RoleNotAllowed (to mention all),
    NewcomerLimitExceeded, SendRateExceeded (`retry_after` is when a slot is free).
    """
    key, now = participant_key(circle_id, user_id), millis(at)
    is_for_moderators = mentions_all or room_id == moderators_room_id(circle_id)
    can_speak = _can_speak(now, over_newcomer_limits, is_for_moderators)
    needs_slot = partial(_needs_slot, room_id, token, at, over_newcomer_limits, mentions_all)
    idle = Attr("slots_free_at").not_exists() | Attr("slots_free_at").le(now)
    interval, burst = millis_of(settings().send_interval), millis_of(settings().send_burst)
    is_new = Attr("last_token").ne(token)  # a retry of the last send must not use a slot, however late it comes
    try:
        table.update(key, set={"slots_free_at": now + interval, "last_token": token}, when=can_speak & idle & is_new)
        return True
    except ConditionFailed as failed:
        if not needs_slot(failed.old):
            return False
    in_burst = Attr("slots_free_at").le(now + burst) & is_new
    try:
        table.update(key, add={"slots_free_at": interval}, set={"last_token": token}, when=can_speak & in_burst)
    except ConditionFailed as failed:
        if needs_slot(failed.old):
            raise
        return False
    return True


def _can_speak(now: int, over_newcomer_limits: bool, is_for_moderators: bool) -> Condition:
    can_speak = IS_MEMBER & (Attr("muted_until").not_exists() | Attr("muted_until").le(now))
    can_speak = can_speak & IS_NO_NEWCOMER if over_newcomer_limits else can_speak
    return can_speak & IS_MODERATOR if is_for_moderators else can_speak


def _needs_slot(
    room_id: str, token: str, at: datetime, over_newcomer_limits: bool, mentions_all: bool, item: Item | None
) -> bool:
    """Return whether a send needs a slot that can be free; False for a retry of the member's last send.

    Raises: CircleNotFound, CallerMuted, RoomNotFound, RoleNotAllowed, NewcomerLimitExceeded, SendRateExceeded.
    """
    participant = participant_from_item(item) if item else None
    if item is None or participant is None or not participant.can(Action.SEND):
        raise CircleNotFound from None
    participant.require_not_muted(Action.SEND, at)
    if not participant.can_enter(room_id):
        raise RoomNotFound from None
    if item.get("last_token") == token:
        return False
    if mentions_all and not participant.can(Action.MENTION_ALL):
        raise RoleNotAllowed from None
    if over_newcomer_limits and participant.is_newcomer:
        most_pictures, most_mentions = settings().max_pictures_of_newcomer, settings().max_mentions_of_newcomer
        raise NewcomerLimitExceeded(max_pictures=most_pictures, max_mentions=most_mentions) from None
    wait = item.get("slots_free_at", 0) - millis_of(settings().send_burst) - millis(at)
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
