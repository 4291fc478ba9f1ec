"""What newcomers of a circle agree to and answer before they are in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.circles.errors import AnswersIncomplete, ScreeningChanged

MAX_QUESTIONS = 5


class Awaits(StrEnum):
    """What a pending member waits for: to answer, or to be let in by who keeps order."""

    ANSWERS = "answers"
    ADMISSION = "admission"


@dataclass(frozen=True, slots=True)
class Screening:
    """`revision` counts what it ever said, so that nobody agrees to rules they have not seen. With `approval`, who keeps order
    lets everybody in by hand."""

    rules: str
    questions: tuple[str, ...]
    approval: bool
    revision: int

    def says(self, rules: str, questions: tuple[str, ...], approval: bool) -> bool:
        return (self.rules, self.questions, self.approval) == (rules, questions, approval)

    def check(self, revision: int, answers: tuple[str, ...]) -> None:
        """Answers to these very rules and questions, to each of them."""
        if revision != self.revision:
            raise ScreeningChanged
        if len(answers) != len(self.questions):
            raise AnswersIncomplete
