"""Membership: roles and what they may do, how it begins and ends. The row stays for good: a ban sticks to the person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.errors import CircleNotFound, LastOwner, MemberNotFound, NotAllowed, PasscodeRejected
from services.shared.audit import Trail
from services.shared.clock import next_version


class Role(StrEnum):
    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"

    @property
    def rank(self) -> int:
        return {Role.OWNER: 2, Role.MODERATOR: 1, Role.MEMBER: 0}[self]


class MemberState(StrEnum):
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"


class Action(StrEnum):
    """Everything that a circle's member can try."""

    READ = "read"
    POST_NOTE = "post_note"
    COMMENT = "comment"
    LIKE = "like"
    LEAVE = "leave"
    ISSUE_PASSCODE = "issue_passcode"
    LIST_PASSCODES = "list_passcodes"
    REVOKE_PASSCODE = "revoke_passcode"
    LIST_MEMBERS = "list_members"
    SANCTION = "sanction"
    REMOVE_NOTE = "remove_note"
    SET_ROLE = "set_role"
    ACTIVATE = "activate"


_MEMBERS = frozenset({Action.READ, Action.POST_NOTE, Action.COMMENT, Action.LIKE, Action.LEAVE})
_MODERATORS = _MEMBERS | {
    Action.ISSUE_PASSCODE,
    Action.LIST_PASSCODES,
    Action.REVOKE_PASSCODE,
    Action.LIST_MEMBERS,
    Action.SANCTION,
    Action.REMOVE_NOTE,
}
PERMISSIONS: dict[Role, frozenset[Action]] = {
    Role.MEMBER: _MEMBERS,
    Role.MODERATOR: _MODERATORS,
    Role.OWNER: frozenset(Action),
}


@dataclass(frozen=True, slots=True)
class Sanction:
    """A kick, or a ban that lasts until `until` (None: for good), and why."""

    ban: bool
    reason: str
    by: str
    at: datetime
    until: datetime | None = None

    def is_repeated_by(self, other: Sanction) -> bool:
        """The same word again: a retry, not a second sanction."""
        return replace(self, at=other.at) == other


@dataclass(frozen=True, slots=True)
class Member:
    """A person's standing in one circle; `code_id` is the passcode that let them in, `invited_by` who issued it."""

    circle_id: str
    user_id: str
    role: Role
    state: MemberState
    joined_at: datetime
    version: int
    trail: Trail
    code_id: str = ""
    invited_by: str = ""
    sanction: Sanction | None = None

    @property
    def is_in(self) -> bool:
        return self.state is MemberState.MEMBER

    def require(self, action: Action) -> None:
        """CircleNotFound for who is not in; NotAllowed for a role that may not."""
        if not self.is_in:
            raise CircleNotFound
        if action not in PERMISSIONS[self.role]:
            raise NotAllowed

    def rejoin(self, code_id: str, invited_by: str, *, at: datetime) -> Member:
        """Come back by a passcode, as an ordinary member. A ban's end is read from the clock: no job has to lift it."""
        if self.is_banned(at):
            raise PasscodeRejected
        back = replace(self, role=Role.MEMBER, state=MemberState.MEMBER, joined_at=at, sanction=None)
        back = replace(back, code_id=code_id, invited_by=invited_by)
        return replace(back, version=next_version(self.version, at))

    def is_banned(self, at: datetime) -> bool:
        ban = self.sanction if self.state is MemberState.BANNED else None
        return ban is not None and (ban.until is None or at < ban.until)

    def leave(self, *, at: datetime) -> Member:
        if self.role is Role.OWNER:
            raise LastOwner
        return replace(self, role=Role.MEMBER, state=MemberState.LEFT, version=next_version(self.version, at))

    def put_under(self, sanction: Sanction, by: Member) -> Member:
        """Only downwards: nobody sanctions an equal, a superior or themselves. A kick ends membership; a ban also holds
        off who has left."""
        by.require(Action.SANCTION)
        if by.role.rank <= self.role.rank or by.user_id == self.user_id:
            raise NotAllowed
        if self.sanction and self.sanction.is_repeated_by(sanction):
            return self
        if not sanction.ban and not self.is_in:
            raise MemberNotFound
        state = MemberState.BANNED if sanction.ban else MemberState.KICKED
        trail = self.trail.extend(
            str(state), actor=by.user_id, at=sanction.at, reason=sanction.reason, until=str(sanction.until)
        )
        out = replace(self, role=Role.MEMBER, state=state, sanction=sanction, trail=trail)
        return replace(out, version=next_version(self.version, sanction.at))

    def take_role(self, role: Role, by: Member, *, at: datetime) -> Member:
        """An owner makes moderators and unmakes them. Nobody raises themselves, nobody becomes owner this way."""
        by.require(Action.SET_ROLE)
        if self.user_id == by.user_id or Role.OWNER in (role, self.role):
            raise NotAllowed
        if not self.is_in:
            raise MemberNotFound
        if role is self.role:
            return self
        trail = self.trail.extend(f"role {role}", actor=by.user_id, at=at)
        return replace(self, role=role, trail=trail, version=next_version(self.version, at))
