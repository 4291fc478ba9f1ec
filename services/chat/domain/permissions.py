"""What each role can do in a room, as one table, and which roles send where a room limits that.

A mute and a read-only circle are not in it: they are states that end by the clock. The kind of an action decides whether a mute
denies it.
"""

from __future__ import annotations

from enum import StrEnum

from services.shared.security.actions import ActionKind


class Role(StrEnum):
    """A member's role in the circle, as the circles service publishes it."""

    OWNER = "owner"
    CO_OWNER = "co_owner"
    MODERATOR = "moderator"
    BUYER = "buyer"
    REGULAR = "regular"
    MEMBER = "member"
    NEWCOMER = "newcomer"

    @property
    def rank(self) -> int:
        """The rank for moderation, as in circles: a member can moderate lower ranks only."""
        return {Role.OWNER: 4, Role.CO_OWNER: 3, Role.MODERATOR: 2, Role.BUYER: 1}.get(self, 0)


class Action(StrEnum):
    """What a member of a circle can try in a room.

    read: list rooms, read history, subscribe, move the read marker.
    send: send a message or a product card, and edit it.
    react: react to a message.
    mention_all: mention all who can read a room.
    report: report a message.
    pin: pin and unpin messages.
    highlight: add messages to the highlights of a room, and take them out.
    remove_message: remove messages of lower ranks. read_revisions: read what messages were before.
    enter_moderators_room: read and send in the moderators' room.
    manage_rooms: open topics, and change name, notice and settings of rooms.
    set_retention: decide after how long the messages of a room are deleted.
    """

    READ = "read"
    SEND = "send"
    REACT = "react"
    MENTION_ALL = "mention_all"
    REPORT = "report"
    PIN = "pin"
    HIGHLIGHT = "highlight"
    REMOVE_MESSAGE = "remove_message"
    READ_REVISIONS = "read_revisions"
    ENTER_MODERATORS_ROOM = "enter_moderators_room"
    MANAGE_ROOMS = "manage_rooms"
    SET_RETENTION = "set_retention"


_MEMBERS = frozenset({Action.READ, Action.SEND, Action.REACT, Action.REPORT})
_MODERATORS = _MEMBERS | {
    Action.MENTION_ALL,
    Action.PIN,
    Action.HIGHLIGHT,
    Action.REMOVE_MESSAGE,
    Action.READ_REVISIONS,
    Action.ENTER_MODERATORS_ROOM,
    Action.MANAGE_ROOMS,
}
_OWNERS = _MODERATORS | {Action.SET_RETENTION}  # it deletes what members wrote, and nothing brings it back
PERMISSIONS: dict[Role, frozenset[Action]] = {
    Role.NEWCOMER: _MEMBERS,
    Role.MEMBER: _MEMBERS,
    Role.REGULAR: _MEMBERS,
    Role.BUYER: _MEMBERS,
    Role.MODERATOR: _MODERATORS,
    Role.CO_OWNER: _OWNERS,
    Role.OWNER: _OWNERS,
}

KINDS: dict[Action, ActionKind] = {
    Action.READ: ActionKind.READ,
    Action.SEND: ActionKind.SPEAK,
    Action.REACT: ActionKind.PARTICIPATE,
    Action.MENTION_ALL: ActionKind.SPEAK,
    Action.REPORT: ActionKind.SPEAK,
    Action.PIN: ActionKind.MODERATE,
    Action.HIGHLIGHT: ActionKind.MODERATE,
    Action.REMOVE_MESSAGE: ActionKind.MODERATE,
    Action.READ_REVISIONS: ActionKind.READ,
    Action.ENTER_MODERATORS_ROOM: ActionKind.READ,
    Action.MANAGE_ROOMS: ActionKind.MODERATE,
    Action.SET_RETENTION: ActionKind.MODERATE,
}


class Senders(StrEnum):
    """Who sends in a room. members: every role. regulars: regular members and the roles above. moderators: these alone."""

    MEMBERS = "members"
    REGULARS = "regulars"
    MODERATORS = "moderators"


_MODERATING = frozenset(role for role in Role if Action.ENTER_MODERATORS_ROOM in PERMISSIONS[role])
SENDERS: dict[Senders, frozenset[Role]] = {
    Senders.MEMBERS: frozenset(role for role in Role if Action.SEND in PERMISSIONS[role]),
    Senders.REGULARS: _MODERATING | {Role.BUYER, Role.REGULAR},
    Senders.MODERATORS: _MODERATING,
}
