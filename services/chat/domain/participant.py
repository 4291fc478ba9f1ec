"""Members of a circle, as chat knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.chat.domain.permissions import KINDS, PERMISSIONS, Action, Role
from services.chat.domain.room import Room, moderators_room_id
from services.chat.errors import RoleNotAllowed, RoomNotFound
from services.chat.settings import settings
from services.shared.kernel.errors import NewcomerLimitExceeded
from services.shared.security.actions import require_not_muted


class MemberState(StrEnum):
    """The lifecycle of a membership, as the circles service publishes it."""

    PENDING = "pending"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class Participant:
    """A user's membership in one circle: a projection of MembershipChanged, replaced only by a newer version.

    member_since: when the user became a member; None in any other state.
    needs_approval: whether a pending user waits for a moderator.
    """

    circle_id: str
    user_id: str
    role: Role
    state: MemberState
    version: int
    muted_until: datetime | None = None
    member_since: datetime | None = None
    needs_approval: bool = False

    @property
    def is_member(self) -> bool:
        return self.state is MemberState.MEMBER

    def begins_after(self, stored: Participant | None) -> bool:
        """Whether this is newer than what is stored, and the user became a member in between."""
        is_newer = stored is None or stored.version < self.version
        return is_newer and (stored is None or stored.member_since != self.member_since)

    @property
    def is_newcomer(self) -> bool:
        return self.role is Role.NEWCOMER

    def require_newcomer_limits(self, *, is_over: bool) -> None:
        """Require that the member can post what a newcomer cannot. is_over: whether a newcomer cannot.

        Raises: NewcomerLimitExceeded.
        """
        if is_over and self.is_newcomer:
            now = settings()
            raise NewcomerLimitExceeded(max_pictures=now.max_pictures_of_newcomer, max_mentions=now.max_mentions_of_newcomer)

    def can(self, action: Action) -> bool:
        return self.is_member and action in PERMISSIONS[self.role]

    def can_enter(self, room_id: str) -> bool:
        """Whether the member can read in this room of the circle. The rule is the same for a room that does not exist."""
        is_open = room_id != moderators_room_id(self.circle_id)
        return self.can(Action.READ) if is_open else self.can(Action.ENTER_MODERATORS_ROOM)

    def is_muted(self, at: datetime) -> bool:
        return self.muted_until is not None and at < self.muted_until

    def require_not_muted(self, action: Action, at: datetime) -> None:
        """Raises: CallerMuted (a mute in the circle denies the action)."""
        require_not_muted(KINDS[action], is_muted=self.is_muted(at))

    def require_can_send(self, room: Room, at: datetime) -> None:
        """Raises: CallerMuted, RoomNotFound (the moderators' room), RoleNotAllowed (not among the senders of the room)."""
        self.require_not_muted(Action.SEND, at)
        if not self.can_enter(room.id):
            raise RoomNotFound
        if self.role not in room.senders:
            raise RoleNotAllowed

    def require_rank_above(self, other: Participant) -> None:
        """Raises: RoleNotAllowed."""
        if self.role.rank <= other.role.rank:
            raise RoleNotAllowed
