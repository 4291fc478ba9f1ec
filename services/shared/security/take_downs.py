"""The take-downs of one content: the cases that review upheld against it, each with the rule that it breaks.

Content is down while the take-down of at least one of its cases is active. A moderator's removal and the author's deletion are
states of their own: the end of a take-down undoes neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from services.shared.messaging.events import TakeDownChanged
from services.shared.security.violations import Violation

ATTRIBUTE = "take_downs"  # of the item of the content: `{case_id: [version, is_active, violation]}`


@dataclass(frozen=True, slots=True)
class TakeDown:
    """The take-down of one case. version: orders the events of the case. is_active: False once an appeal was granted."""

    case_id: str
    version: int
    is_active: bool
    violation: Violation

    @classmethod
    def of(cls, event: TakeDownChanged) -> Self:
        """Return the take-down of an event."""
        return cls(event.data.case_id, event.entity_version, event.data.is_active, Violation.of(event.data.violation))


@dataclass(frozen=True, slots=True)
class TakeDowns:
    """All take-downs of one content by case, also those that ended, so that a late event does not begin one again."""

    cases: tuple[TakeDown, ...] = ()

    @property
    def is_down(self) -> bool:
        return any(take_down.is_active for take_down in self.cases)

    @property
    def violation(self) -> Violation | None:
        """The rule that the content breaks: of the first active take-down, None if there is none."""
        return next((take_down.violation for take_down in self.cases if take_down.is_active), None)

    def add(self, take_down: TakeDown) -> TakeDowns:
        """Store the take-down of a case. Unchanged if the stored one of this case is as new or newer."""
        by_case = {stored.case_id: stored for stored in self.cases}
        stored = by_case.get(take_down.case_id)
        if stored and stored.version >= take_down.version:
            return self
        return TakeDowns(tuple(each for _, each in sorted({**by_case, take_down.case_id: take_down}.items())))

    def to_item(self) -> dict[str, Any]:
        """Return the attribute of the item; none if there never was a take-down."""
        cases = {each.case_id: [each.version, each.is_active, str(each.violation)] for each in self.cases}
        return {ATTRIBUTE: cases} if cases else {}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        stored: dict[str, Any] = item.get(ATTRIBUTE, {})
        cases = ((case_id, version, active, Violation(rule)) for case_id, (version, active, rule) in sorted(stored.items()))
        return cls(tuple(TakeDown(*case) for case in cases))


NO_TAKE_DOWNS = TakeDowns()


def is_down(item: Mapping[str, Any] | None) -> bool:
    """Whether the content of an item is down."""
    return item is not None and TakeDowns.from_item(item).is_down
