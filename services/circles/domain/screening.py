"""The rules and questions that newcomers must accept and answer before they join."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.circles.errors import AnswersIncomplete, ScreeningChanged


class PendingStep(StrEnum):
    """What a pending member waits for: to answer the questions, or for the approval of a moderator."""

    ANSWERS = "answers"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Screening:
    """What a circle asks of newcomers.

    approval: whether a moderator must approve each newcomer.
    revision: grows with every change, so that a user can agree only to rules that they have read.
    """

    rules: str
    questions: tuple[str, ...]
    approval: bool
    revision: int

    def equals(self, rules: str, questions: tuple[str, ...], approval: bool) -> bool:
        """Compare everything but the revision."""
        return (self.rules, self.questions, self.approval) == (rules, questions, approval)

    def require_answers(self, revision: int, answers: tuple[str, ...]) -> None:
        """Require answers to this revision, one per question.

        Raises: ScreeningChanged, AnswersIncomplete.
        """
        if revision != self.revision:
            raise ScreeningChanged
        if len(answers) != len(self.questions):
            raise AnswersIncomplete
