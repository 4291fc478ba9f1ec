"""The screening of a circle, as the model of its memberships has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.circles import errors
from services.shared.kernel.errors import CallerMuted
from tests.usecases.circles.membership_model import GOVERN, PRESENT, Error, Screening, UserModel
from tests.usecases.circles.passcode_model import PasscodeModel


@dataclass
class ScreeningModel:
    """The screening of the circle, and how users pass it."""

    screening: Screening | None = None
    revision: int = 0

    @property
    def seen(self) -> tuple[Screening | None, int]:
        return self.screening, self.revision

    @property
    def question_count(self) -> int:
        return len(self.screening[1]) if self.screening else 0

    def set(self, by: UserModel, screening: Screening | None, now: datetime) -> Error:
        if error := by.error_while_muted(GOVERN, now):
            return error
        self.revision += screening != self.screening
        self.screening = screening
        return None

    def join(self, user: UserModel, passcode: PasscodeModel, now: datetime) -> Error:
        """A user who is a member, or would only be pending again, uses up no use of the passcode."""
        if user.status in ("member", "approval") or (user.status == "answers" and self.screening):
            return None
        has_ended = passcode.issuing_user is not None and passcode.issuing_user.rights_ended != passcode.rights_ended
        if not passcode.is_active(now) or user.is_excluded(now) or has_ended:
            return errors.PasscodeRejected
        passcode.uses += 1
        user.pending_step = "approval" if user.pending_step == "approval" else "answers" if self.screening else ""
        user.enter("pending" if user.pending_step else "member")
        user.passcode, user.joined_at, user.exclusions, user.is_approved = passcode, now, [], False
        return None

    def answer(self, user: UserModel, revision: int, answer_count: int, now: datetime) -> Error:
        if user.status not in PRESENT or user.is_muted(now):
            return CallerMuted if user.status in PRESENT else errors.CircleNotFound
        if user.is_active:
            return None
        if self.screening and revision != self.revision:
            return errors.ScreeningChanged
        if self.screening and answer_count != self.question_count:
            return errors.AnswersIncomplete
        if user.pending_step == "approval" or (self.screening and self.screening[2]):
            user.pending_step = "approval"
        else:
            user.state, user.pending_step = "member", ""
        return None
