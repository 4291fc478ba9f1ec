"""The rooms of one circle against a small model of the rules: history, unread, mentions, reactions, pins, highlights, exports.

The stream is handled after a few actions, and the job of a purge hours later. `make races` runs 10,000 steps.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.chat import usecases as chat
from services.chat.repository.export_lines import get_export_page
from services.chat.repository.highlights import get_highlights
from services.chat.settings import settings as chat_settings
from services.shared.exports.jobs import ExportJob
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from simulation.settings import overridden
from tests.usecases.chat.conversation_entities import MemberModel, MessageModel
from tests.usecases.chat.conversation_model import MAX_HIGHLIGHTS, RoomModel
from tests.usecases.chat.conversation_rules import ConversationRules

STEPS, RUNS = 25, 4  # per run, and runs per batch
TOTAL = int(os.environ.get("MACHINE_STEPS", "300"))
CHOICE = st.integers(0, 1023)
SETTINGS = settings(
    max_examples=RUNS,
    phases=[Phase.generate],  # to shrink a run takes minutes; its notes name each action
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
FREQUENT = ["send"] * 8
ACTIONS = [
    *("lose_send", "retry", "retry", "edit", "recall", "recall", "remove", "react", "react", "take_back", "pin", "take_down"),
    *("highlight", "highlight", "highlight", "expire"),
    *("mark_read", "set_room", "set_room", "open_topic", "end_membership", "rejoin", "block", "purge", "pass_time"),
]
Seen = tuple[Any, ...]


class ConversationMachine(ConversationRules, RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.begin()

    # One rule for all actions: hypothesis leaves some rules out of a run.
    @rule(
        actions=st.lists(
            st.tuples(st.sampled_from([*FREQUENT, *ACTIONS]), CHOICE, CHOICE, CHOICE, CHOICE), min_size=1, max_size=4
        )
    )
    def act(self, actions: list[tuple[str, int, int, int, int]]) -> None:
        """Run actions in order, each with a member, a room, a message and a choice of its details."""
        for action, who, where, which, choice in actions:
            self.clock.advance(seconds=1)
            room = self.rooms[where % len(self.rooms) if where % 2 else 0]
            seq = self.pick_number(room, which)
            by = self.pick_member(action, room, seq, who)
            note(f"{self.clock.now:%d %H:%M:%S} {action} by {by.name} in {room.name} of {seq}, {choice}")
            getattr(self, action)(by, room, seq, choice)

    def pick_number(self, room: RoomModel, choice: int) -> int:
        """Pick a number, more often one of the last four; sometimes one that no message has yet."""
        recent = choice % 4 and room.last > 0
        return max(1, room.last - choice // 4 % 4) if recent else 1 + choice // 4 % (room.last + 1)

    def pick_member(self, action: str, room: RoomModel, seq: int, choice: int) -> MemberModel:
        """Pick a member 7 times out of 8; for an own message its sender, for an act of moderators one of these, as a rule."""
        members = list(self.members.values())
        usual = [member for member in members if member.since and choice % 8]
        stored = room.find(seq)
        if action in ("edit", "recall") and stored and choice % 8:
            usual = [self.members[stored.sender]]
        elif action in ("remove", "pin", "highlight", "set_room"):
            usual = [member for member in usual if member.is_moderator] or usual
        usual = usual or members
        return usual[choice // 8 % len(usual)]

    @invariant()
    def judge(self) -> None:
        """Compare the history before the stream is handled as the owner and one other read it, then all as all members do.

        What the owner reads makes voids, which the stream then adds to the heads.
        """
        now, members = self.clock.now, list(self.members.values())
        for room in self.rooms:
            room.settle(now)
            for member in (members[0], members[1 + self.changes % 4]):
                self.judge_history(room, member, with_reactions=False)
        self.handle_stream()
        for member in members:
            for room in self.rooms:
                self.judge_history(room, member, with_reactions=True)
                self.judge_pins(room, member)
                self.judge_highlights(room, member)
            self.judge_chat_list(member)
        for room in self.rooms:
            self.judge_list_of_highlights(room)

    def judge_history(self, room: RoomModel, member: MemberModel, *, with_reactions: bool) -> None:
        read = self.check(member.error, chat.list_messages, member, room.id, 0, 200)
        if read is None:
            return
        entries, has_more = read
        history = room.history(member, self.clock.now)
        assert [self.seen(entry, with_reactions=with_reactions) for entry in entries] == [
            self.expected(room, member, message, with_reactions=with_reactions) for message in history
        ]
        assert not has_more and all(entry.is_first == (entry is entries[0]) for entry in entries)
        newest, _ = self.check(None, chat.list_messages, member, room.id, None, 3)
        assert [entry.message.seq for entry in newest] == [message.seq for message in history[-3:]]

    def seen(self, entry: chat.HistoryEntry, *, with_reactions: bool) -> Seen:
        message, answered = entry.message, entry.answered
        reactions = (dict(message.reactions), sorted(entry.own_reactions)) if with_reactions else ()
        is_text = str(message.kind) == "text"
        about = (message.reply_to, str(answered.kind), answered.text) if answered else None
        return (message.seq, str(message.kind), message.text, entry.is_pinned, about, reactions if is_text else ())

    def expected(self, room: RoomModel, member: MemberModel, message: MessageModel, *, with_reactions: bool) -> Seen:
        kind = message.kind_for(member)
        own = sorted(message.reactions[member.name])
        reactions = (message.counts(), own) if with_reactions and kind == "text" else ()
        is_pinned = kind == "text" and message.seq in room.pins
        text, about = message.text_for(member), None
        if message.request.reply_to and text:
            answered = room.find(message.request.reply_to)
            about = (message.request.reply_to, "void", "")
            if answered and room.sees(member, answered, self.clock.now):
                about = (answered.seq, answered.kind_for(member), answered.text_for(member))
        return (message.seq, kind, text, is_pinned, about, reactions)

    def judge_pins(self, room: RoomModel, member: MemberModel) -> None:
        page = self.check(member.error, chat.list_pinned_messages, member, room.id)
        history = {message.seq: message for message in room.stored() if room.sees(member, message, self.clock.now)}
        expected = [pin for pin in room.pins if pin in history and history[pin].kind_for(member) == "text"]
        assert page is None or [entry.message.seq for entry in page.items] == expected

    def judge_highlights(self, room: RoomModel, member: MemberModel) -> None:
        """Compare the highlights, read in pages of two: text and what they answer, also of what is purged."""
        found, page = [], PageRequest(2)
        while True:
            read = self.check(member.error, chat.list_highlighted_messages, member, room.id, page)
            if read is None:
                return
            assert read.items or page.start is None
            found += [self.seen(entry, with_reactions=True) for entry in read.items]
            if read.next is None:
                break
            page = PageRequest(2, read.next)
        listed = room.highlights(member)
        assert found == [self.expected(room, member, each, with_reactions=True) for each in listed]

    def judge_list_of_highlights(self, room: RoomModel) -> None:
        """Compare the stored list, whose length is the number of highlights, with the messages."""
        listed = get_highlights(self.simulation.chat_table, self.circle_id, room.id).seqs
        assert listed == tuple(sorted((each.seq for each in room.stored() if each.is_highlight), reverse=True))

    def judge_chat_list(self, member: MemberModel) -> None:
        """Compare rooms, last message, read marker, unread and mentions in the chat list."""
        listed = chat.list_own_rooms(self.simulation.chat, member.caller, PageRequest(20)).items
        own = {each.room.id: each for each in listed}
        rooms = [room for room in self.rooms if member.since and not room.is_archived]
        assert {room.id for room in rooms} == own.keys() & {room.id for room in self.rooms}
        for room in rooms:
            shown = [each for each in room.history(member, self.clock.now) if each.kind_for(member) == "text"]
            last = (shown[-1].seq, shown[-1].texts[-1]) if shown else None
            one, unread = own[room.id], room.unread(member, self.clock.now)
            last_seq = room.pending.seq - 1 if room.pending else room.last
            found = (one.last and (one.last.seq, one.last.text), one.read_seq, one.unread, one.mentioned, one.last_seq)
            is_mentioned = room.is_mentioned(member, self.clock.now)
            assert found == (last, member.markers[room.id], len(unread), is_mentioned, last_seq)

    def teardown(self) -> None:
        if hasattr(self, "rooms"):
            for member in self.members.values():
                self.judge_export(member)

    def judge_export(self, member: MemberModel) -> None:
        """Compare the export of a user: own messages alone, no text of what was recalled, removed or has expired."""
        now = self.clock.now
        job = ExportJob(new_id("exp"), self.circle_id, member.caller.user_id, now, now, 1)
        lines = get_export_page(self.simulation.chat_table, job).lines
        messages, earlier = [], []
        for room in self.rooms:
            for message in (each for each in room.stored() if each.sender == member.name and each.kind != "void"):
                is_expired = room.is_expired(message, now)
                if not is_expired or message.is_highlight:
                    text = message.texts[-1] if message.texts else ""
                    messages.append((room.id, message.seq, text, export_state(message)))
                if not is_expired:
                    earlier += [(room.id, message.seq, each) for each in message.texts[:-1] if message.is_shown]
        found = [(*place(line), line["text"], line.get("state")) for line in lines if line["kind"] == "message"]
        assert sorted(found) == sorted(messages)
        found_earlier = [(*place(line), line["text"]) for line in lines if line["kind"] == "earlier_text"]
        assert sorted(found_earlier) == sorted(earlier)


def place(line: Any) -> tuple[str, int]:
    return line["room_id"], line["seq"]


def export_state(message: MessageModel) -> str | None:
    if message.is_down and message.kind != "recalled":
        return "taken_down"
    return message.kind if message.kind in ("recalled", "removed") else None


@pytest.mark.parametrize("batch", range(max(1, TOTAL // STEPS // RUNS)))
def test_h2_history_unread_and_exports_match_the_model(batch: int) -> None:
    machine = seed(batch)(type("Machine", (ConversationMachine,), {}))
    with overridden(chat_settings, max_highlights=MAX_HIGHLIGHTS):
        run_state_machine_as_test(machine, settings=SETTINGS)
