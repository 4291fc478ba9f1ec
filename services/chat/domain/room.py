"""Rooms of a circle, with what its moderators set for each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.chat.domain.circle import Circle
from services.chat.domain.head import RoomHead
from services.chat.domain.message import Message
from services.chat.domain.permissions import SENDERS, Role, Senders
from services.chat.errors import MessageNotFound, PinLimitReached, RoomNotTopic, TopicLimitReached
from services.chat.settings import settings
from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.ids import derive_id, deterministic_id, time_of_id


class RoomKind(StrEnum):
    """lobby, topic: of all members; a circle opens its topics itself. moderators: of moderators, co-owners and owner."""

    LOBBY = "lobby"
    MODERATORS = "moderators"
    TOPIC = "topic"


def lobby_id(circle_id: str) -> str:
    """Return the id of a circle's lobby. It derives from the circle's id, so a repeated event creates no second lobby."""
    return derive_id("rom", circle_id)


def moderators_room_id(circle_id: str) -> str:
    """Return the id of a circle's moderators' room. It is sorted after the lobby.

    It derives from the circle's, so that the conditions of a send and of a subscription need no kind of the room.
    """
    return deterministic_id("rom", millis(time_of_id(circle_id)) + 1, circle_id, RoomKind.MODERATORS)


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What the moderators of a circle set for a room.

    senders: who sends. earlier_for_newcomers: whether a member reads what was sent before they joined.
    is_archived: whether a topic is only read. slow_mode_seconds: the time between two messages of one member; 0 for none.
    retention_days: after how long a message is deleted; 0 for never.
    """

    notice: str = ""
    senders: Senders = Senders.MEMBERS
    earlier_for_newcomers: bool = True
    is_archived: bool = False
    slow_mode_seconds: int = 0
    retention_days: int = 0


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of a circle, which its lobby has: open ones by their ids, and the number of archived ones."""

    open: tuple[str, ...] = ()
    archived: int = 0

    def add(self, room_id: str) -> Topics:
        """Raises: TopicLimitReached."""
        if len(self.open) >= settings().max_topics:
            raise TopicLimitReached(limit=settings().max_topics)
        return replace(self, open=(*self.open, room_id))

    def archive(self, room_id: str) -> Topics:
        """Raises: TopicLimitReached (of archived topics)."""
        if self.archived >= settings().max_archived_topics:
            raise TopicLimitReached(limit=settings().max_archived_topics)
        return Topics(tuple(topic for topic in self.open if topic != room_id), self.archived + 1)

    def reopen(self, room_id: str) -> Topics:
        """Raises: TopicLimitReached."""
        return replace(self.add(room_id), archived=self.archived - 1)


@dataclass(frozen=True, slots=True)
class Room:
    """A chat room. Each active circle has two, its lobby and its moderators' room, and topics that it opens.

    pins: the numbers of the pinned messages, the newest pin first; each once.
    head: derived from the messages, under a version of its own.
    settings_version: of name and settings, for their ETag: a pin does not change it.
    topics: of a lobby alone.
    purged_to: every message up to this number is deleted, or is about to be, unless it is a highlight. It only grows. No
        missing number up to it becomes a void.
    read_only, read_only_until, circle_version: what the circle was in that version, so that a send need not read the circle.
    """

    id: str
    circle_id: str
    name: str
    version: int
    pins: tuple[int, ...] = ()
    head: RoomHead = field(default_factory=RoomHead)
    settings: RoomSettings = field(default_factory=RoomSettings)
    settings_version: int = 0
    topics: Topics = field(default_factory=Topics)
    purged_to: int = 0
    read_only: bool = False
    read_only_until: datetime | None = None
    circle_version: int = 0

    @property
    def kind(self) -> RoomKind:
        if self.id == lobby_id(self.circle_id):
            return RoomKind.LOBBY
        return RoomKind.MODERATORS if self.id == moderators_room_id(self.circle_id) else RoomKind.TOPIC

    @property
    def senders(self) -> frozenset[Role]:
        """The roles that send here. In the moderators' room these are never more than its members."""
        return SENDERS[Senders.MODERATORS if self.kind is RoomKind.MODERATORS else self.settings.senders]

    def slow_mode_of(self, role: Role) -> timedelta:
        """Return the time between two messages of a member with this role. Moderators and the roles above never wait."""
        return timedelta(seconds=0 if role in SENDERS[Senders.MODERATORS] else self.settings.slow_mode_seconds)

    def retained_since(self, at: datetime) -> datetime | None:
        """Return the moment before which every message has expired; None without a retention."""
        return at - timedelta(days=self.settings.retention_days) if self.settings.retention_days else None

    def visible_since(self, member_since: datetime | None, at: datetime) -> datetime | None:
        """Return the moment since which a member reads the messages; None if they read all."""
        return max(filter(None, (self.joined_since(member_since), self.retained_since(at))), default=None)

    def joined_since(self, member_since: datetime | None) -> datetime | None:
        """Return the moment of joining since which a member reads; None if the room shows newcomers what is earlier."""
        return None if self.settings.earlier_for_newcomers else member_since

    def require_visible(self, message: Message, member_since: datetime | None, at: datetime) -> None:
        """Raises: MessageNotFound (it was sent before what the member reads, or is purged)."""
        if not self.is_visible(message, member_since, at):
            raise MessageNotFound

    def is_visible(self, message: Message, member_since: datetime | None, at: datetime) -> bool:
        return message.seq > self.purged_to and not message.is_before(self.visible_since(member_since, at))

    def require_readable(self, message: Message, member_since: datetime | None, at: datetime) -> None:
        """Like `require_visible`, but for highlights, which a member also reads after they have expired.

        Raises: MessageNotFound.
        """
        if not message.is_highlight or message.is_before(self.joined_since(member_since)):
            self.require_visible(message, member_since, at)

    def purge(self, seq: int, at: datetime) -> Room:
        """Show no message up to a number any more, and no pin of it. Unchanged if that is so."""
        if seq <= self.purged_to:
            return self
        return self._next(at, purged_to=seq, pins=tuple(pin for pin in self.pins if pin > seq))

    def is_read_only(self, at: datetime) -> bool:
        return self.read_only and (self.read_only_until is None or at < self.read_only_until)

    def with_circle(self, circle: Circle, at: datetime) -> Room:
        """Copy the state of the circle, and its name unless this is a topic. Unchanged if the copy is as new or newer."""
        if circle.version <= self.circle_version:
            return self
        name = self.name if self.kind is RoomKind.TOPIC else circle.name or self.name  # a closed circle has no name
        return self._next(at, name=name, **_copy_of(circle), circle_version=circle.version)

    def new_topic(self, room_id: str, name: str, notice: str) -> Room:
        """Return a topic of the circle of this lobby, with the lobby's copy of its state."""
        copied = {**_copy_of(self), "circle_version": self.circle_version}
        return Room(room_id, self.circle_id, name, 1, settings=RoomSettings(notice=notice), **copied)

    def update(self, changes: dict[str, Any], at: datetime) -> Room:
        """Change the name of a topic, and settings: the new values by field. Unchanged if all are the same.

        Raises: RoomNotTopic (the lobby and the moderators' room have the circle's name and are never archived).
        """
        if self.kind is not RoomKind.TOPIC and changes.keys() & {"name", "is_archived"}:
            raise RoomNotTopic
        values = dict(changes)
        changed = replace(self, name=values.pop("name", self.name), settings=replace(self.settings, **values))
        return self if changed == self else changed._next(at, settings_version=self.settings_version + 1)

    def select_changed(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Return those of the new values, by field, that differ from the present ones."""
        present = {"name": self.name, **asdict(self.settings)}
        return {name: value for name, value in changes.items() if value != present[name]}

    def with_topics(self, topics: Topics, at: datetime) -> Room:
        return self._next(at, topics=topics)

    def pin(self, seq: int, at: datetime) -> Room:
        """Pin a message. Unchanged if it is pinned.

        Raises: PinLimitReached.
        """
        if seq in self.pins:
            return self
        if len(self.pins) >= settings().max_pins:
            raise PinLimitReached(limit=settings().max_pins)
        return self._next(at, pins=(seq, *self.pins))

    def unpin(self, *seqs: int, at: datetime) -> Room:
        """Unpin messages. Unchanged if none of them is pinned."""
        pins = tuple(pin for pin in self.pins if pin not in seqs)
        return self if pins == self.pins else self._next(at, pins=pins)

    def _next(self, at: datetime, **changes: Any) -> Room:
        return replace(self, **changes, version=next_version(self.version, at))


def _copy_of(source: Circle | Room) -> dict[str, Any]:
    return {"read_only": source.read_only, "read_only_until": source.read_only_until}
