"""The enrolled reviewers, as review publishes them, and who can read about users in the other services."""

from __future__ import annotations

from dataclasses import dataclass

from services.shared.kernel.errors import ReviewerNotEnrolled
from services.shared.messaging.events import ReviewerChanged
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer


@dataclass(frozen=True, slots=True)
class Reader:
    """A reviewer or operator who reads about users. identity_id: of a reviewer; empty for an operator who is none."""

    user_id: str
    identity_id: str = ""

    @property
    def key(self) -> str:
        """Whose access log counts."""
        return self.identity_id or self.user_id


def reviewer_key(user_id: str) -> Key:
    return Key(f"REVIEWER#{user_id}", "REVIEWER")


def put_reviewer(table: Table, event: ReviewerChanged) -> None:
    """Store an enrolment if it is newer. The item of one that has ended stays, so that an older event does not restore it."""
    stored = {"identity_id": event.data.identity_id, "is_enrolled": event.data.is_enrolled}
    put_if_newer(table, {**reviewer_key(event.data.user_id).attributes(), **stored, "version": event.entity_version})


def require_reader(table: Table, caller: Caller) -> Reader:
    """Return the caller as an enrolled reviewer or an operator.

    The group in the token is not enough for a reviewer: an operator must have enrolled the user.

    Cost: 1 read unit for a caller with the group of reviewers.
    Raises: ReviewerNotEnrolled, StaffSignInRequired (the sign-in is not one of staff).
    """
    item = table.get(reviewer_key(caller.user_id), consistent_read=True) if caller.is_reviewer else None
    if item and item["is_enrolled"]:
        return Reader(caller.user_id, item["identity_id"])
    if caller.is_operator:
        return Reader(caller.user_id)
    for group in ("reviewer", "operator"):
        caller.require_group_not_withheld(group)
    raise ReviewerNotEnrolled
