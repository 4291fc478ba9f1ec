"""The passcodes of the model of memberships."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.circles import errors

if TYPE_CHECKING:
    from tests.usecases.circles.membership_model import Error, UserModel

MODERATE = 2  # the rank that may change a passcode


@dataclass
class PasscodeModel:
    """A passcode. lifetime, max_uses: what it was issued for. quarantined: the time, and the moderator."""

    id: str
    text: str
    issuer: str
    max_uses: int
    lifetime: timedelta
    expires_at: datetime
    uses: int = 0
    revoked: bool = False
    quarantined: tuple[datetime, str] | None = None
    quarantined_rank: int = 0
    issuing_user: UserModel | None = None  # None for the owner: these passcodes pass to a successor
    rights_ended: int = 0

    def is_active(self, now: datetime) -> bool:
        return not self.revoked and now < self.expires_at and self.uses < self.max_uses

    def revoke(self, by: UserModel, quarantined: tuple[datetime, str] | None, now: datetime) -> Error:
        """Of two quarantines, the time of the first stays recorded, and the user of the highest rank."""
        if error := by.error_while_muted(MODERATE, now):
            return error
        self.revoked = True
        if quarantined and by.rank > self.quarantined_rank:
            since = self.quarantined[0] if self.quarantined else quarantined[0]
            self.quarantined, self.quarantined_rank = (since, quarantined[1]), by.rank
        return None

    def rotate(self, by: UserModel, grace: timedelta, now: datetime) -> Error:
        if error := by.error_below(MODERATE) or (None if self.is_active(now) else errors.PasscodeInactive):
            return error
        self.expires_at = min(self.expires_at, now + grace)
        return None
