"""The events of sign-outs, exports, deletions and guessed passcodes."""

from __future__ import annotations

from typing import Literal

from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import Event, EventData


class BlocksChangedData(EventData):
    user_id: str
    blocked: list[str]


class BlocksChanged(Event):
    """A user blocked or unblocked another user. blocked: all users that they have blocked, in every circle."""

    SOURCE = "coterie.circles"
    data: BlocksChangedData


class SignedOutData(EventData):
    user_id: str
    signed_out_at: int


class SignedOut(Event):
    """A user signed out everywhere.

    signed_out_at: seconds since 1970; tokens of a sign-in before this second ends are invalid, also refreshed ones.
    """

    SOURCE = "coterie.circles"
    data: SignedOutData


class GuessingAlarmRaisedData(EventData):
    window_start: Moment
    wrong_guesses: int


class GuessingAlarmRaised(Event):
    """The wrong passcodes on the whole platform reached the threshold in the time of one guess window.

    window_start: of the fixed window in which that time ends. Each fixed window has at most one event.
    """

    SOURCE = "coterie.circles"
    data: GuessingAlarmRaisedData


class ExportRequestedData(EventData):
    """circle_id: empty for the whole account.

    requested_at: what is newer is not exported. expires_at: after that the export cannot be downloaded.
    """

    export_id: str
    circle_id: str
    user_id: str
    requested_at: Moment
    expires_at: Moment


class ExportRequested(Event):
    """A user requested an export of what is theirs in a circle or on the platform. Each service writes what it stores of it."""

    SOURCE = "coterie.circles"
    data: ExportRequestedData


class DeletionRequestedData(EventData):
    """check: the number of the check, which its results repeat."""

    user_id: str
    check: int


class DeletionRequested(Event):
    """A user requested the deletion of their account, or the time to withdraw has ended.

    Services check what must be finished first.
    """

    SOURCE = "coterie.circles"
    data: DeletionRequestedData


class AccountDeletedData(EventData):
    """content: what happens to what the user wrote for others."""

    user_id: str
    content: Literal["keep", "delete"]


class AccountDeleted(Event):
    """The erasure of an account has begun. Each service erases what it stores of the user."""

    SOURCE = "coterie.circles"
    data: AccountDeletedData
