"""What each role can do in a room, as one table.

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
    remove_message: remove messages of lower ranks. read_revisions: read what messages were before.
    enter_moderators_room: read and send in the moderators' room.
    """

    READ = "read"
    SEND = "send"
    REACT = "react"
    MENTION_ALL = "mention_all"
    REPORT = "report"
    PIN = "pin"
    REMOVE_MESSAGE = "remove_message"
    READ_REVISIONS = "read_revisions"
    ENTER_MODERATORS_ROOM = "enter_moderators_room"


_MEMBERS = frozenset({Action.READ, Action.SEND, Action.REACT, Action.REPORT})
_MODERATORS = _MEMBERS | {
    Action.MENTION_ALL,
    Action.PIN,
    Action.REMOVE_MESSAGE,
    Action.READ_REVISIONS,
    Action.ENTER_MODERATORS_ROOM,
}
PERMISSIONS: dict[Role, frozenset[Action]] = {
    Role.NEWCOMER: _MEMBERS,
    Role.MEMBER: _MEMBERS,
    Role.REGULAR: _MEMBERS,
    Role.BUYER: _MEMBERS,
    Role.MODERATOR: _MODERATORS,
    Role.CO_OWNER: _MODERATORS,
    Role.OWNER: _MODERATORS,
}

KINDS: dict[Action, ActionKind] = {
    Action.READ: ActionKind.READ,
    Action.SEND: ActionKind.SPEAK,
    Action.REACT: ActionKind.PARTICIPATE,
    Action.MENTION_ALL: ActionKind.SPEAK,
    Action.REPORT: ActionKind.SPEAK,
    Action.PIN: ActionKind.MODERATE,
    Action.REMOVE_MESSAGE: ActionKind.MODERATE,
    Action.READ_REVISIONS: ActionKind.READ,
    Action.ENTER_MODERATORS_ROOM: ActionKind.READ,
}
