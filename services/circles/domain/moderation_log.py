"""The moderation log of a circle: act, subject, reason, end and actor. Its moderators read it, its members do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.circles.domain.roles import Role


class ModerationAct(StrEnum):
    """What was done. A role that its member accepted has the act `role`, with the member as its actor."""

    MUTE = "mute"
    KICK = "kick"
    BAN = "ban"
    LIFT = "lift"
    APPROVE = "approve"
    QUARANTINE = "quarantine"  # of a passcode; members who joined with it wait for approval then
    ROLE = "role"
    PROPOSE_ROLE = "propose_role"
    DECLINE_ROLE = "decline_role"
    WITHDRAW_ROLE = "withdraw_role"
    REMOVE_NOTE = "remove_note"
    REMOVE_COMMENT = "remove_comment"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One act of moderation.

    subject_id: the user, note, comment or passcode. number: differs for two acts on one subject at the same time.
    until: the end of a mute or ban. role: of an act about a role.
    """

    circle_id: str
    act: ModerationAct
    subject_id: str
    by: str
    at: datetime
    number: int
    reason: str = ""
    until: datetime | None = None
    role: Role | None = None
