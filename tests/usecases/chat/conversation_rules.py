"""What members do in the rooms of a circle: each action is run by chat and by the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import MentionAllLimitReached, MessageNotFound, RoleNotAllowed, SlowModeActive
from services.chat.repository.messages import list_messages_after, load_message
from services.chat.repository.rooms import get_room
from services.shared.kernel.clock import CHINA
from services.shared.kernel.errors import DomainError, Invalid
from services.shared.kernel.ids import new_id
from simulation.setup.chat import Lobby, set_chat_members
from simulation.setup.events import take_down_changed
from simulation.setup.requests import change
from simulation.setup.rooms import open_topic
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes
from tests.support.blocking import block
from tests.support.crashing_sends import crash_send
from tests.usecases.chat.conversation_entities import Error, MemberModel, MessageModel
from tests.usecases.chat.conversation_model import MAX_OF_ALL, ROLES, RoomModel

REACTIONS = ("like", "love", "thanks", "sad")
TEXTS = ("早", "江边有夜鹭", "几点集合")
PAUSES = ({"seconds": 5}, {"seconds": 20}, {"minutes": 3}, {"hours": 5}, {"days": 1.1}, {"days": 8})
SETTINGS: tuple[dict[str, Any], ...] = (
    {"earlier_for_newcomers": False},
    {"retention_days": 1},
    {"retention_days": 7},
    {"senders": "moderators"},
    {"slow_mode_seconds": 30},
    {"is_archived": True},
    {"retention_days": 0},
    {"senders": "members", "slow_mode_seconds": 0},
    {"is_archived": False},
    {"earlier_for_newcomers": True},
)


class ConversationRules:
    """The actions. Each takes the member who acts, a room, the number of a message, and a choice of its details."""

    def begin(self) -> None:
        self.simulation = Simulation()
        self.clock, self.circle_id = self.simulation.clock, new_id("cir")
        self.members = {name: MemberModel(name, role, self.clock.now) for name, role in ROLES.items()}
        for member in self.members.values():
            lobby = set_chat_members(self.simulation, self.circle_id, member.caller, role=member.role)
        self.rooms = [RoomModel(lobby, "lobby")]
        self.sent: list[tuple[RoomModel, MemberModel, MessageRequest]] = []
        self.numbers: dict[str, int] = {}  # of each message that was sent, by client_msg_id
        self.last_sent = dict.fromkeys(ROLES, "")
        self.to_all: dict[Any, set[str]] = {}  # by day, the messages that mention all
        self.changes = 0
        self.open_topic(self.members["lin"], self.rooms[0], 0, 0)

    def check(self, error: Error, call: Callable[..., Any], by: MemberModel, *arguments: Any) -> Any:
        """Call chat. It must succeed, or raise the error that the model returned."""
        if error is None:
            return call(self.simulation.chat, by.caller, self.circle_id, *arguments)
        with pytest.raises(DomainError) as raised:
            call(self.simulation.chat, by.caller, self.circle_id, *arguments)
        assert type(raised.value) is error
        return None

    def new_request(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> MessageRequest:
        """Return a message, sometimes one that answers another, or mentions members or all."""
        mentions = self.mentioned(choice // 8) if choice % 4 == 0 else ()
        reply_to = seq if choice % 8 in (1, 2) else 0
        to_all = choice % 64 == 7 or (by.is_moderator and choice % 8 == 3)
        after_seq, text = max(0, room.last - choice // 8 % 3), f"{TEXTS[choice % 3]} {len(self.sent)}"
        return MessageRequest(f"message-{len(self.sent)}", after_seq, text, "", (), mentions, to_all, reply_to)

    def mentioned(self, choice: int) -> tuple[str, ...]:
        names = list(ROLES)
        return tuple(dict.fromkeys(self.members[names[each % 5]].caller.user_id for each in (choice, choice // 5)))

    def names(self, user_ids: Sequence[str]) -> tuple[str, ...]:
        by_id = {member.caller.user_id: name for name, member in self.members.items()}
        return tuple(by_id[user_id] for user_id in user_ids)

    def send(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        request = self.new_request(by, room, seq, choice)
        self.sent.append((room, by, request))
        self.try_send(by, room, request)

    def lose_send(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Crash a send between its number and its message. A room has one such number at a time."""
        request = MessageRequest(f"message-{len(self.sent)}", room.last, f"没发出 {len(self.sent)}")
        if room.pending or room.error_to_send(by) or room.is_slow_for(by, request.client_msg_id, self.clock.now):
            return
        self.sent.append((room, by, request))
        room.use_slot(by, request.client_msg_id, self.clock.now)
        room.last = crash_send(self.simulation, by.caller, self.circle_id, room.id, request)
        self.last_sent[by.name], self.numbers[request.client_msg_id] = request.client_msg_id, room.last
        room.numbers[room.last] = MessageModel(room.last, by.name, request, self.clock.now, "pending")

    def retry(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Try a message again, for every second choice one of the last four; its sender has read the room since."""
        if self.sent:
            age = choice // 2 % (4 if choice % 2 else len(self.sent))
            room, by, request = self.sent[-1 - age % len(self.sent)]
            self.check(by.error, chat.list_messages, by, room.id, 0, 200)
            if by.since:
                room.settle(self.clock.now)
            self.try_send(by, room, request)

    def try_send(self, by: MemberModel, room: RoomModel, request: MessageRequest) -> None:
        error = self.error_to_send(by, room, request)
        sent = self.check(error, chat.send_message, by, room.id, request)
        if error:
            return
        stored = room.find(self.numbers.get(request.client_msg_id, 0))
        if stored is None or stored.kind == "void":
            stored = self.store(by, room, request)
        assert (sent[0].seq, str(sent[0].kind), sent[0].text) == (stored.seq, stored.kind_for(by), stored.text_for(by))

    def store(self, by: MemberModel, room: RoomModel, request: MessageRequest) -> MessageModel:
        """Store a message in the model, under the number of its lost send if that is free."""
        seq, mentions = self.numbers.get(request.client_msg_id, 0), self.names(request.mentions)
        if not (room.pending and room.pending.seq == seq):
            seq = room.last = room.last + 1
        message = MessageModel(seq, by.name, request, self.clock.now, texts=[request.text], mentions=mentions)
        message.mentioned = set(mentions)
        self.numbers[request.client_msg_id], room.numbers[seq] = seq, message
        return message

    def error_to_send(self, by: MemberModel, room: RoomModel, request: MessageRequest) -> Error:
        """Return the error of a send, after the slots that it uses; one that is denied leaves none of slow mode."""
        if error := room.error_to_send(by):
            return error
        if room.is_slow_for(by, request.client_msg_id, self.clock.now):
            return SlowModeActive
        is_new = room.use_slot(by, request.client_msg_id, self.clock.now)
        error = self.error_after_slot(by, room, request, self.clock.now)
        if error and is_new:
            del room.slots[by.name]
        return error

    def error_after_slot(self, by: MemberModel, room: RoomModel, request: MessageRequest, now: datetime) -> Error:
        msg_id, number = request.client_msg_id, self.numbers.get(request.client_msg_id, 0)
        if request.mentions_all and not by.is_moderator and self.last_sent[by.name] != msg_id:
            return RoleNotAllowed
        self.last_sent[by.name] = msg_id
        answered = room.find(request.reply_to)
        is_seen = answered and room.sees(by, answered, now) and answered.kind_for(by) == "text"
        day = self.to_all.setdefault(now.astimezone(CHINA).date(), set())
        if request.reply_to and not is_seen:
            if not number:
                return Invalid
        elif request.mentions_all:
            if msg_id not in day and len(day) >= MAX_OF_ALL and not number:
                return MentionAllLimitReached
            if len(day) < MAX_OF_ALL:
                day.add(msg_id)
        return MessageNotFound if number and room.has_expired(number, now) else None

    def edit(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        self.changes += 1
        stored, mentions = room.find(seq), self.mentioned(choice) if choice % 4 == 0 else ()
        text = f"改过 {self.changes}" if choice % 8 or not (stored and stored.texts) else stored.texts[-1]
        request = change(self.version_of(room, seq), f"edit-{self.changes}", text)
        error = room.edit(by, seq, text, self.names(mentions), self.clock.now)
        self.check(error, chat.update_message, by, room.id, seq, request, text, mentions)

    def version_of(self, room: RoomModel, seq: int) -> int:
        stored = room.find(seq)
        return load_message(self.simulation.chat_table, self.circle_id, room.id, seq).entity.version if stored else 1

    def recall(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        self.check(room.recall(by, seq, self.clock.now), chat.recall_message, by, room.id, seq)

    def remove(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        stored = room.find(seq)
        sender = self.members[stored.sender] if stored else None
        self.check(room.remove(by, seq, sender), chat.remove_message, by, room.id, seq, "人身攻击。")

    def react(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        reaction = REACTIONS[choice % 4]
        self.check(room.react(by, seq, reaction, self.clock.now), chat.add_reaction, by, room.id, seq, reaction)

    def take_back(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        reaction, stored = REACTIONS[choice % 4], room.find(seq)
        self.check(by.error, chat.remove_reaction, by, room.id, seq, reaction)
        if stored and by.since:
            stored.reactions[by.name].discard(reaction)

    def pin(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Pin; for every fourth choice, unpin."""
        if choice % 4:
            self.check(room.pin(by, seq, self.clock.now), chat.pin_message, by, room.id, seq)
            return
        self.check(by.error_as_moderator, chat.unpin_message, by, room.id, seq)
        if by.is_moderator and by.since:
            room.pins = [pin for pin in room.pins if pin != seq]

    def highlight(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Add a message to the highlights; for every third choice, take one out."""
        if choice % 3:
            self.check(room.highlight(by, seq, self.clock.now), chat.highlight_message, by, room.id, seq)
            return
        listed = [each.seq for each in room.stored() if each.is_highlight]
        seq = listed[choice // 3 % len(listed)] if listed else seq
        self.check(room.unhighlight(by, seq), chat.unhighlight_message, by, room.id, seq)

    def take_down(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Take a message down by a decision of the platform, or restore it."""
        stored, is_active = room.find(seq), choice % 2 == 0
        if stored is None or stored.kind == "void" or (not is_active and not stored.is_down):
            return
        subject = f"{room.id}/{seq}"
        event = take_down_changed(self.simulation, "chat", "message", subject, self.circle_id, is_active=is_active)
        deliver(self.simulation, "chat", event)
        stored.is_down, stored.is_changed = is_active, True
        room.pins = [pin for pin in room.pins if pin != seq or not is_active]

    def mark_read(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Move the read marker; a number that no message has yet is denied."""
        stored = room.find(seq)
        is_missing = seq > room.last or (seq > room.purged_to and stored is None)
        marker = self.check(by.error or (Invalid if is_missing else None), chat.mark_read, by, room.id, seq)
        if by.since and not is_missing:
            by.markers[room.id] = max(by.markers[room.id], seq)
            assert marker == by.markers[room.id]

    def set_room(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Change one setting of a room, a retention as the owner. The lobby is never archived."""
        changes = SETTINGS[choice % len(SETTINGS)]
        if "is_archived" in changes and room is self.rooms[0]:
            return
        error = by.error_as_moderator or (RoleNotAllowed if "retention_days" in changes and by.role != "owner" else None)
        self.changes += 1
        version = get_room(self.simulation.chat_table, self.circle_id, room.id).settings_version
        request = change(version, f"settings-{self.changes}", str(changes))
        self.check(error, chat.update_room, by, room.id, request, changes)
        if not error:
            room.update(changes, self.clock.now)

    def open_topic(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        if by.is_moderator and by.since and len(self.rooms) < 4:
            name = f"topic-{len(self.rooms)}"
            self.rooms.append(RoomModel(open_topic(self.simulation, by.caller, self.circle_id, name).id, name))

    def end_membership(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Leave, or be kicked."""
        if by.role != "owner" and by.since:
            state = ("left", "kicked")[choice % 2]
            set_chat_members(self.simulation, self.circle_id, by.caller, state=state, role=by.role)
            by.since = None

    def rejoin(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        is_free = not any(each.pending for each in self.rooms)  # who joins before the retry of a crashed send may miss it
        for member in [each for each in self.members.values() if is_free and each.since is None][:1]:
            member.role, member.since = "member", self.clock.now
            set_chat_members(self.simulation, self.circle_id, member.caller)
            for each in self.rooms:
                each.join(member)

    def block(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Block one member and no other, or none."""
        other = list(self.members.values())[choice // 2 % 5]
        by.blocked = {other.name} if choice % 2 and other is not by else set()
        lobby: Any = object.__new__(Lobby)
        lobby.simulation = self.simulation
        block(lobby, by.caller, *(self.members[name].caller for name in by.blocked))

    def purge(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Run the jobs; then nothing is stored that had expired, but for highlights."""
        self.handle_stream()
        self.clock.advance(hours=2)
        chat.handle_jobs(self.simulation.chat)
        for each in self.rooms:
            each.delete_purged(self.clock.now)
            stored = list_messages_after(self.simulation.chat_table, self.circle_id, each.id, 0, 500).items
            purged = [message.seq for message in stored if message.seq <= each.purged_to]
            assert purged == [seq for seq in sorted(each.numbers) if seq <= each.purged_to]

    def expire(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        """Set a retention of a day, let a day pass, for every second choice end the retention, and purge."""
        self.set_room(self.members["lin"], room, seq, 1)
        self.pass_time(by, room, seq, 4)
        if choice % 2:
            self.set_room(self.members["lin"], room, seq, 6)
        self.purge(by, room, seq, choice)

    def pass_time(self, by: MemberModel, room: RoomModel, seq: int, choice: int) -> None:
        self.handle_stream()
        self.clock.advance(**PAUSES[choice % len(PAUSES)])

    def handle_stream(self) -> None:
        handle_new_changes(self.simulation, "chat")
        for room in self.rooms:
            room.apply_stream(self.members)
