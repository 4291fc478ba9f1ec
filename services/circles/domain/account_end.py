"""What remains of a membership when its user's account is deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.circles.domain.member import Member
from services.shared.kernel.clock import next_version


def erase_account(member: Member, *, at: datetime) -> Member:
    """Erase everything but how the membership ended. A ban stays in force. Unchanged if it was erased so."""
    if member.is_account_deleted:
        return member
    erased = replace(member.erase(at=at), is_account_deleted=True)
    return replace(erased, version=next_version(member.version, at))
