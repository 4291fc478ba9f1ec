"""Roles in a circle and what each may do, as data."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Trust(IntEnum):
    """How well a circle knows an ordinary member: by what they read and how they are liked, never by how much they post."""

    NEWCOMER = 0
    MEMBER = 1
    REGULAR = 2


class Role(StrEnum):
    """Newcomer, member and regular are what an ordinary member is by their trust; the others are given by who is above."""

    OWNER = "owner"
    CO_OWNER = "co_owner"
    MODERATOR = "moderator"
    BUYER = "buyer"
    REGULAR = "regular"
    MEMBER = "member"
    NEWCOMER = "newcomer"

    @property
    def rank(self) -> int:
        """Who keeps order does so among those below; the ordinary are all equal."""
        return {Role.OWNER: 4, Role.CO_OWNER: 3, Role.MODERATOR: 2, Role.BUYER: 1}.get(self, 0)


ORDINARY = {Trust.NEWCOMER: Role.NEWCOMER, Trust.MEMBER: Role.MEMBER, Trust.REGULAR: Role.REGULAR}
GIVEN = frozenset({Role.CO_OWNER, Role.MODERATOR, Role.BUYER, Role.MEMBER})  # what `set_role` can make of somebody


class Action(StrEnum):
    """Everything that a circle's member can try."""

    READ = "read"
    POST_NOTE = "post_note"
    COMMENT = "comment"
    LIKE = "like"
    CHECK_IN = "check_in"
    LEAVE = "leave"
    EXPORT_OWN = "export_own"
    SPEAK_FREELY = "speak_freely"  # links, many pictures, many mentions
    INVITE = "invite"  # a passcode of a few uses
    ISSUE_PASSCODE = "issue_passcode"
    LIST_PASSCODES = "list_passcodes"
    REVOKE_PASSCODE = "revoke_passcode"
    LIST_MEMBERS = "list_members"
    SANCTION = "sanction"
    ADMIT = "admit"
    REMOVE_NOTE = "remove_note"
    READ_REVISIONS = "read_revisions"
    HIGHLIGHT = "highlight"  # pin, and put into the archive
    READ_HEALTH = "get_health"
    SET_ROLE = "set_role"
    SET_SCREENING = "set_screening"
    SET_TEASER = "set_teaser"
    SUCCEED = "succeed"
    ACTIVATE = "activate"
    TRANSFER = "transfer"
    CLOSE = "close"
    EXPORT_CIRCLE = "export_circle"


_NEWCOMERS = frozenset(
    {Action.READ, Action.POST_NOTE, Action.COMMENT, Action.LIKE, Action.CHECK_IN, Action.LEAVE, Action.EXPORT_OWN}
)
_MEMBERS = _NEWCOMERS | {Action.SPEAK_FREELY}
_REGULARS = _MEMBERS | {Action.INVITE}
_MODERATORS = _REGULARS | {
    Action.ISSUE_PASSCODE,
    Action.LIST_PASSCODES,
    Action.REVOKE_PASSCODE,
    Action.LIST_MEMBERS,
    Action.SANCTION,
    Action.ADMIT,
    Action.REMOVE_NOTE,
    Action.READ_REVISIONS,
    Action.HIGHLIGHT,
    Action.READ_HEALTH,
}
_CO_OWNERS = _MODERATORS | {Action.SET_ROLE, Action.SET_SCREENING, Action.SET_TEASER, Action.SUCCEED}
PERMISSIONS: dict[Role, frozenset[Action]] = {
    Role.NEWCOMER: _NEWCOMERS,
    Role.MEMBER: _MEMBERS,
    Role.REGULAR: _REGULARS,
    Role.BUYER: _REGULARS,
    Role.MODERATOR: _MODERATORS,
    Role.CO_OWNER: _CO_OWNERS,
    Role.OWNER: frozenset(Action) - {Action.SUCCEED},
}
