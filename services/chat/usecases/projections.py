"""What events of other services change in the chat service: one function per event class.

Delivery is at least once and in any order: each function leaves the same state for a repeated or late event.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from services.chat.domain import Action, Circle, MemberState, Participant, Role, Room, lobby_id, moderators_room_id
from services.chat.errors import RoomNotFound
from services.chat.repository import circles, participants, rooms, sockets
from services.chat.usecases.notifying import notify_comment, notify_like, notify_note
from services.chat.usecases.notifying_decisions import (
    ApplicationDecided,
    notify_account_status,
    notify_appeal,
    notify_application,
    notify_reporters,
    notify_seat,
    notify_take_down,
)
from services.chat.usecases.notifying_members import notify_membership, notify_offer, notify_succession, update_moderators
from services.chat.usecases.ports import Ports
from services.chat.usecases.read_markers import mark_earlier_read
from services.chat.usecases.take_downs import take_message_down
from services.chat.usecases.web_pushes import delete_push_subscriptions
from services.shared.erasure.jobs import plan_erasure
from services.shared.exports.jobs import plan_export
from services.shared.kernel.clock import millis
from services.shared.kernel.observability import MetricUnit, record_metric
from services.shared.messaging.events import (
    AccountDeleted,
    AccountStatusChanged,
    AccountVerified,
    AppealDecided,
    BlocksChanged,
    CircleActivated,
    CircleChanged,
    CommentChanged,
    ExportRequested,
    ListingChanged,
    MembershipChanged,
    NoteChanged,
    NoteLiked,
    ReportsDecided,
    SeatGranted,
    SignedOut,
    SuccessionDecided,
    SuccessionOffered,
    TakeDownChanged,
)
from services.shared.security.account_status import SanctionLevel, get_account_status, put_account_status, put_sign_out
from services.shared.security.identities import put_identity, put_user_of_identity
from services.shared.security.selling import Selling
from services.shared.table.blocks import put_block_list
from services.shared.table.cards import put_product_card
from services.shared.table.purging import plan_purge
from services.shared.table.versioned import retry_on_write_conflict, update

READ_ONLY_STATES = ("read_only", "closed")


def apply_circle_activated(ports: Ports, event: CircleActivated) -> None:
    """Store the circle and create its rooms. Their ids derive from the circle's, so a repeat creates no others."""
    data = event.data
    _put_circle(ports, event)
    for room_id in (lobby_id(data.circle_id), moderators_room_id(data.circle_id)):
        room = Room(room_id, data.circle_id, data.name, event.entity_version).with_circle(_circle_of(event), event.occurred_at)
        rooms.create_room(ports.table, room, ports.new_id("txn"))
    _update_rooms(ports, data.circle_id)  # a newer event can have come first, when there were no rooms


def apply_circle_changed(ports: Ports, event: CircleChanged) -> None:
    """Store the circle, and in its rooms: its owner, its name, whether it is read-only. Plan the purge of a closed one.

    Cost: 1 write unit, and 1 per room; 2 read units, 1 per room, and 1 per 4 KB of rooms.
    """
    _put_circle(ports, event)
    _update_rooms(ports, event.data.circle_id)
    if event.data.state == "closed":
        plan_purge(ports.table, event.data.circle_id, event.occurred_at)


def apply_membership_changed(ports: Ports, event: MembershipChanged) -> None:
    """Store the membership, and close the sockets of a user who is no longer a member, or no longer a moderator.

    The read markers of a new member move to what was sent before. They move before the membership is stored: after a crash in
    between, the next delivery moves them again.
    The membership is stored before the subscribers are read: see `subscribe_socket` for the race that this closes. The
    sockets are closed on a repeat too, because the first delivery can crash in between.
    """
    participant = _participant_of(event)
    notify_membership(ports, event)
    earlier, stored = retry_on_write_conflict(partial(_store_membership, ports, participant))
    update_moderators(ports, stored, earlier)
    if not stored.is_member:
        _close_sockets(ports, stored.circle_id, stored.user_id)
    elif _can_have_lost_room(earlier, stored):
        _close_sockets_of_room(ports, moderators_room_id(stored.circle_id), stored.user_id)
    if stored is participant:  # a repeat says nothing about the lag
        lag = millis(ports.clock()) - millis(event.occurred_at)
        record_metric("MembershipLag", lag, MetricUnit.Milliseconds)


def _participant_of(event: MembershipChanged) -> Participant:
    data = event.data
    return Participant(
        circle_id=data.circle_id,
        user_id=data.user_id,
        role=Role(data.role),
        state=MemberState(data.state),
        version=event.entity_version,
        muted_until=data.muted_until,
        member_since=data.member_since,
        needs_approval=data.needs_approval,
    )


def _store_membership(ports: Ports, participant: Participant) -> tuple[Participant | None, Participant]:
    """Store a membership unless the stored one is newer; return the one before it, and what is stored afterwards.

    Raises: ConditionFailed (an older one was stored since this read the one before: its role would be lost for what follows).
    """
    # Consistent: a demotion must see the role that an event a moment ago gave.
    earlier = participants.find_participant(ports.table, participant.circle_id, participant.user_id, consistent_read=True)
    if participant.member_since and participant.begins_after(earlier):
        mark_earlier_read(ports, participant, participant.member_since)
    return earlier, participants.put_participant(ports.table, participant, earlier)


def apply_succession_offered(ports: Ports, event: SuccessionOffered) -> None:
    """Notify the candidate of an offer, or that it was withdrawn."""
    notify_offer(ports, event)


def apply_succession_decided(ports: Ports, event: SuccessionDecided) -> None:
    """Notify the owner and the candidate of what became of an offer."""
    notify_succession(ports, event)


def apply_application_decided(ports: Ports, event: ApplicationDecided) -> None:
    """Notify the applicant of what became of the application."""
    notify_application(ports, event)


def apply_seat_granted(ports: Ports, event: SeatGranted) -> None:
    """Notify the applicant that they can open their circle."""
    notify_seat(ports, event)


def apply_take_down_changed(ports: Ports, event: TakeDownChanged) -> None:
    """Take a message down, or end its take-down. Notify the author, also of content of other services."""
    if (event.data.service, event.data.kind) == ("chat", "message"):
        take_message_down(ports, event)
    notify_take_down(ports, event)


def apply_reports_decided(ports: Ports, event: ReportsDecided) -> None:
    """Notify reporters of the outcome of their reports."""
    notify_reporters(ports, event)


def apply_appeal_decided(ports: Ports, event: AppealDecided) -> None:
    """Notify a user of the decision about their appeal."""
    notify_appeal(ports, event)


def apply_listing_changed(ports: Ports, event: ListingChanged) -> None:
    """Store the listing for the product cards of messages. Unchanged if the stored one is as new or newer."""
    put_product_card(ports.table, event)


def apply_comment_changed(ports: Ports, event: CommentChanged) -> None:
    """Notify the authors of the note and of the parent of a comment, or hide that if the comment has ended."""
    notify_comment(ports, event)


def apply_note_changed(ports: Ports, event: NoteChanged) -> None:
    """Hide the notifications about a note that has ended, or bring them back."""
    notify_note(ports, event)


def apply_note_liked(ports: Ports, event: NoteLiked) -> None:
    """Notify the author of a note that users like it."""
    notify_like(ports, event)


def apply_blocks_changed(ports: Ports, event: BlocksChanged) -> None:
    """Store which users a user has blocked, and close the user's connections, which have the earlier list.

    The client connects and subscribes again, with the new list. It is stored first: `subscribe_socket` reads it, or its
    connection is found here. A repeat closes them again, because the first delivery can crash in between.
    """
    put_block_list(ports.table, event)
    for connection_id in sockets.list_connections(ports.table, event.data.user_id):
        ports.sockets.close(connection_id)
        sockets.delete_socket(ports.table, connection_id, event.data.user_id)


def apply_account_status_changed(ports: Ports, event: AccountStatusChanged) -> None:
    """Store the user's account status; close all their sockets if it is a suspension."""
    put_account_status(ports.table, event)
    notify_account_status(ports, event)
    # What is stored decides, not the event: it may be older. Consistent, for the race with `subscribe_socket`.
    status = get_account_status(ports.table, event.data.user_id, consistent_read=True)
    if status.at(ports.clock()).includes(SanctionLevel.SUSPENDED):
        for participant in participants.iter_participations(ports.table, event.data.user_id):
            _close_sockets(ports, participant.circle_id, event.data.user_id)


def apply_account_verified(ports: Ports, event: AccountVerified) -> None:
    """Store a user's identity: the guardrails count the users of the owner's identities together."""
    put_identity(ports.table, event)
    put_user_of_identity(ports.table, event)


def apply_signed_out(ports: Ports, event: SignedOut) -> None:
    """Store that a user signed out everywhere; end the sockets and web pushes of their sign-ins until then, and no later one.

    The moment is stored before the connections are read: see `subscribe_socket` for the race that this closes. The sockets
    are closed on a repeat too, because the first delivery can crash in between.
    """
    user_id, signed_out_at = event.data.user_id, event.data.signed_out_at
    put_sign_out(ports.table, user_id, signed_out_at)
    for connection_id in sockets.list_connections(ports.table, user_id):
        socket = sockets.find_socket(ports.table, connection_id)
        if socket is None or socket.signed_in_at <= signed_out_at:
            ports.sockets.close(connection_id)
            sockets.delete_socket(ports.table, connection_id, user_id)
    delete_push_subscriptions(ports, user_id, signed_out_at)


def apply_account_deleted(ports: Ports, event: AccountDeleted) -> None:
    """Plan the erasure of a user. Unchanged if it is planned."""
    plan_erasure(ports, event)


def apply_export_requested(ports: Ports, event: ExportRequested) -> None:
    """Plan the service's part of a data export. Unchanged if it is planned or written."""
    plan_export(ports, event)


def _put_circle(ports: Ports, event: CircleActivated | CircleChanged) -> None:
    circles.put_circle(ports.table, _circle_of(event))


def _circle_of(event: CircleActivated | CircleChanged) -> Circle:
    data = event.data
    read_only = data.state in READ_ONLY_STATES
    selling = Selling(data.activated_at, data.selling_paused_until)
    circle = Circle(data.circle_id, data.owner_id, read_only, data.read_only_until, event.entity_version, selling=selling)
    return circle if data.state == "closed" else replace(circle, name=data.name)


def _update_rooms(ports: Ports, circle_id: str) -> None:
    """Copy the circle's state to its rooms. What is stored decides, not the event: it may be older.

    The lobby is written before the rooms are read. A topic is opened in a transaction with the lobby, under its version: either
    it is read here, or it has what the lobby has.
    Unchanged if the rooms have this state or a newer one, do not exist yet, or are deleted.
    """
    circle = circles.get_circle(ports.table, circle_id, consistent_read=True)

    def update_room(room_id: str) -> None:
        with suppress(RoomNotFound):
            load = partial(rooms.load_room, ports.table, circle_id, room_id)
            update(ports, load, lambda room: room.with_circle(circle, ports.clock()))

    update_room(lobby_id(circle_id))
    for room in rooms.iter_rooms(ports.table, circle_id, consistent_read=True):
        if room.circle_version < circle.version:
            update_room(room.id)


def _can_have_lost_room(earlier: Participant | None, stored: Participant) -> bool:
    """Whether a member can have a connection in the moderators' room that they cannot enter any more.

    It costs a read, so not each event of an ordinary member looks: only one that ended the role, or one that is repeated.
    """
    had_room = earlier is not None and (earlier.can(Action.ENTER_MODERATORS_ROOM) or earlier.version >= stored.version)
    return had_room and not stored.can(Action.ENTER_MODERATORS_ROOM)


def _close_sockets(ports: Ports, circle_id: str, user_id: str) -> None:
    # Consistent: a topic that was opened a moment ago can have a connection of the user too.
    for room in rooms.iter_rooms(ports.table, circle_id, consistent_read=True):
        _close_sockets_of_room(ports, room.id, user_id)


def _close_sockets_of_room(ports: Ports, room_id: str, user_id: str) -> None:
    for socket in sockets.iter_subscribers_of_user(ports.table, room_id, user_id):
        ports.sockets.close(socket.connection_id)
        sockets.delete_socket(ports.table, socket.connection_id)
