"""A second, smaller statement of the rules for a circle's rooms. The state machine compares chat with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.chat.errors import (
    EditExpired,
    HighlightLimitReached,
    MessageNotFound,
    PinLimitReached,
    ReactionLimitReached,
    RecallExpired,
    RoleNotAllowed,
    RoomArchived,
)
from tests.usecases.chat.conversation_entities import RANK, Error, MemberModel, MessageModel

DAY, VOID_AFTER = timedelta(days=1), timedelta(seconds=15)
ROLES = {"lin": "owner", "mei": "moderator", "hao": "member", "yan": "member", "bo": "member"}  # users, and their first roles
MAX_PINS, MAX_HIGHLIGHTS, MAX_REACTIONS, MAX_MENTIONS, MAX_OF_ALL = 5, 2, 3, 5, 3


@dataclass
class RoomModel:
    """A room with its settings. numbers: what is stored under each number. pins: the newest first.

    has_job: whether the next run of the jobs purges it. slots: when each member sent to it in slow mode, and which message.
    """

    id: str
    name: str
    numbers: dict[int, MessageModel] = field(default_factory=dict)
    last: int = 0
    pins: list[int] = field(default_factory=list)
    purged_to: int = 0
    senders: str = "members"
    slow_mode_seconds: int = 0
    earlier_for_newcomers: bool = True
    retention_days: int = 0
    is_archived: bool = False
    has_job: bool = False
    slots: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    @property
    def pending(self) -> MessageModel | None:
        return next((each for each in self.numbers.values() if each.kind == "pending"), None)

    def settle(self, now: datetime) -> None:
        """Make the number of a crashed send a void, once a reader finds that it can get no message any more."""
        if self.pending and now - self.pending.at >= VOID_AFTER:
            self.pending.kind = "void"

    def stored(self) -> Iterator[MessageModel]:
        return (each for each in self.numbers.values() if each.kind != "pending")

    def final(self) -> Iterator[MessageModel]:
        """Yield what readers are given: all before a number that can still get its message."""
        end = self.pending.seq if self.pending else self.last + 1
        return (self.numbers[seq] for seq in sorted(self.numbers) if seq < end)

    def is_expired(self, message: MessageModel, now: datetime) -> bool:
        is_old = bool(self.retention_days) and message.at < now - self.retention_days * DAY
        return message.seq <= self.purged_to or is_old

    def is_earlier(self, member: MemberModel, message: MessageModel) -> bool:
        """Whether the room hides the message from a member who joined after it."""
        return not self.earlier_for_newcomers and member.since is not None and message.at < member.since

    def sees(self, member: MemberModel, message: MessageModel, now: datetime) -> bool:
        """Whether the message is in what a member reads, with its content or as a tombstone."""
        return not self.is_expired(message, now) and not self.is_earlier(member, message)

    def highlights(self, member: MemberModel) -> list[MessageModel]:
        """Return the highlights that a member reads, the newest first, also what has expired."""
        listed = [each for each in self.stored() if each.is_highlight and not self.is_earlier(member, each)]
        return sorted((each for each in listed if each.kind_for(member) == "text"), key=lambda each: -each.seq)

    def history(self, member: MemberModel, now: datetime) -> list[MessageModel]:
        return [message for message in self.final() if self.sees(member, message, now)]

    def find(self, seq: int) -> MessageModel | None:
        found = self.numbers.get(seq)
        return found if found and found.kind != "pending" else None

    def unread(self, member: MemberModel, now: datetime) -> list[MessageModel]:
        return [
            message
            for message in self.history(member, now)
            if message.seq > member.markers[self.id] and message.kind_for(member) == "text" and message.sender != member.name
        ]

    def is_mentioned(self, member: MemberModel, now: datetime) -> bool:
        by_name = sorted(member.mentions[self.id])[-MAX_MENTIONS:]
        return any(each.seq in by_name or each.request.mentions_all for each in self.unread(member, now))

    def join(self, member: MemberModel) -> None:
        """Mark what was sent before as read."""
        earlier = [each.seq for each in self.stored() if member.since and each.at <= member.since]
        member.markers[self.id] = max([member.markers[self.id], *earlier])

    def purge(self, now: datetime) -> None:
        """Show nothing that has expired any more, whatever the retention becomes."""
        if self.pending and self.pending.seq < self.last:
            self.settle(now)
        self.purged_to = max([self.purged_to, *(each.seq for each in self.final() if self.is_expired(each, now))])
        self.pins = [pin for pin in self.pins if pin > self.purged_to]

    def delete_purged(self, now: datetime) -> None:
        if self.has_job:
            self.purge(now)
            self.numbers = {seq: each for seq, each in self.numbers.items() if seq > self.purged_to or each.is_highlight}
            for each in (each for seq, each in self.numbers.items() if seq <= self.purged_to):
                del each.texts[:-1]
            self.has_job = bool(self.retention_days)

    def apply_stream(self, members: dict[str, MemberModel]) -> None:
        """Unpin what was erased. Store the users that changed messages mention: members who have not blocked the sender."""
        for message in (each for each in self.numbers.values() if each.is_changed and each.kind != "pending"):
            message.is_changed = False
            if message.kind in ("recalled", "removed"):
                self.pins = [pin for pin in self.pins if pin != message.seq]
            for name in message.mentioned - {message.sender}:
                member = members[name]
                is_notified = message.is_shown and name in message.mentions and member.since
                if is_notified and message.sender not in member.blocked:
                    member.mentions[self.id].add(message.seq)
                    member.mentions[self.id] = set(sorted(member.mentions[self.id])[-MAX_MENTIONS:])
                else:
                    member.mentions[self.id].discard(message.seq)

    def error_to_send(self, member: MemberModel) -> Error:
        is_sender = self.senders == "members" or member.is_moderator
        return member.error or (RoomArchived if self.is_archived else None) or (None if is_sender else RoleNotAllowed)

    def is_slow_for(self, member: MemberModel, msg_id: str, now: datetime) -> bool:
        """Whether slow mode denies a message: the member sent another one a moment ago."""
        sent_at, holder = self.slots.get(member.name, (None, ""))
        interval = timedelta(seconds=self.slow_mode_seconds)
        return self.slows(member) and holder != msg_id and sent_at is not None and sent_at > now - interval

    def use_slot(self, member: MemberModel, msg_id: str, now: datetime) -> bool:
        """Use the slot of slow mode; return whether a message has it now that did not have it before."""
        if not self.slows(member) or self.slots.get(member.name, (None, ""))[1] == msg_id:
            return False
        self.slots[member.name] = now, msg_id
        return True

    def slows(self, member: MemberModel) -> bool:
        return bool(self.slow_mode_seconds) and not member.is_moderator

    def has_expired(self, seq: int, now: datetime) -> bool:
        stored = self.find(seq)
        return seq <= self.purged_to or (stored is not None and self.is_expired(stored, now))

    def update(self, changes: dict[str, Any], now: datetime) -> None:
        """Change settings. What has expired stays so under another retention."""
        if changes.get("retention_days", self.retention_days) != self.retention_days:
            self.purge(now)
            self.has_job = True
        for name, value in changes.items():
            setattr(self, name, value)

    def error_of_content(self, member: MemberModel, seq: int, now: datetime) -> Error:
        """Return the error of a member who acts on a message whose content they must see."""
        message = self.find(seq)
        is_seen = message and message.is_shown and self.sees(member, message, now)
        return member.error or (None if is_seen else MessageNotFound)

    def edit(self, member: MemberModel, seq: int, text: str, mentions: tuple[str, ...], now: datetime) -> Error:
        if error := self.error_to_send(member) or self.error_of_content(member, seq, now):
            return error
        message = self.numbers[seq]
        if message.sender != member.name:
            return RoleNotAllowed
        if (text, mentions) == (message.texts[-1], message.mentions):
            return None
        if now - message.at > DAY:
            return EditExpired
        message.texts.append(text)
        message.mentions, message.is_changed = mentions, True
        message.mentioned |= set(mentions)
        return None

    def recall(self, member: MemberModel, seq: int, now: datetime) -> Error:
        message = self.find(seq)
        if member.error or message is None:
            return member.error or MessageNotFound
        if message.sender != member.name or message.kind == "void":
            return RoleNotAllowed if message.is_shown else MessageNotFound
        if message.kind != "text":
            return None
        if now - message.at > timedelta(minutes=2):
            return RecallExpired
        message.erase("recalled")
        self.plan_purge_of(seq)
        return None

    def remove(self, member: MemberModel, seq: int, sender: MemberModel | None) -> Error:
        message = self.find(seq)
        if member.error_as_moderator or message is None or message.kind == "void" or sender is None:
            return member.error_as_moderator or MessageNotFound
        if RANK[member.role] <= RANK[sender.role]:
            return RoleNotAllowed
        if message.kind == "removed" and not message.is_down:
            return None
        if message.is_shown:
            message.erase("removed")
            self.plan_purge_of(seq)
            return None
        return MessageNotFound

    def react(self, member: MemberModel, seq: int, reaction: str, now: datetime) -> Error:
        error = member.error or (RoomArchived if self.is_archived else None) or self.error_of_content(member, seq, now)
        if error or self.numbers[seq].sender in member.blocked:
            return error or MessageNotFound
        own = self.numbers[seq].reactions[member.name]
        if reaction not in own and len(own) >= MAX_REACTIONS:
            return ReactionLimitReached
        own.add(reaction)
        return None

    def pin(self, member: MemberModel, seq: int, now: datetime) -> Error:
        if error := member.error_as_moderator or self.error_of_content(member, seq, now):
            return error
        if seq not in self.pins:
            if len(self.pins) >= MAX_PINS:
                return PinLimitReached
            self.pins.insert(0, seq)
        return None

    def highlight(self, member: MemberModel, seq: int, now: datetime) -> Error:
        message = self.find(seq)
        if member.error_as_moderator or message is None or not message.is_shown or self.is_earlier(member, message):
            return member.error_as_moderator or MessageNotFound
        if self.is_expired(message, now) and not message.is_highlight:
            return MessageNotFound
        if not message.is_highlight and sum(each.is_highlight for each in self.stored()) >= MAX_HIGHLIGHTS:
            return HighlightLimitReached
        message.is_highlight = True
        return None

    def unhighlight(self, member: MemberModel, seq: int) -> Error:
        message = self.find(seq)
        if member.error_as_moderator is None and message and message.is_highlight:
            message.is_highlight = False
            self.plan_purge_of(seq)
        return member.error_as_moderator

    def plan_purge_of(self, seq: int) -> None:
        """Purge again, if a message below `purged_to` is a highlight no more."""
        self.has_job = self.has_job or seq <= self.purged_to
