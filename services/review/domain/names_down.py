"""The names of one circle that reviewers took down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from services.shared.kernel.names.skeleton import skeleton_of
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns
from services.shared.security.violations import Violation

ATTRIBUTE = "names_down"  # of the item of the tenure: `{case_id: [skeleton]}`, beside its take-downs


@dataclass(frozen=True, slots=True)
class NamesDown:
    """The take-downs of a circle's names. A name is down while a take-down is active that has it, or a name that looks like it.

    skeletons: by case, those of the names that the case is about.
    """

    take_downs: TakeDowns = NO_TAKE_DOWNS
    skeletons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, take_down: TakeDown, names: Iterable[str]) -> NamesDown:
        """Store the take-down of a case about these names. Unchanged if the stored one of this case is as new or newer."""
        take_downs = self.take_downs.add(take_down)
        if take_downs == self.take_downs:
            return self
        skeletons = tuple(sorted({skeleton_of(name) for name in names}))
        return NamesDown(take_downs, {**self.skeletons, take_down.case_id: skeletons})

    def find_violation(self, name: str) -> Violation | None:
        """Return the rule that a name breaks: of the first active take-down, None if there is none."""
        active = [take_down for take_down in self.take_downs.cases if take_down.is_active]
        skeleton = skeleton_of(name) if active else ""  # most circles have none: the first skeleton of a process is slow
        return next((each.violation for each in active if skeleton in self.skeletons[each.case_id]), None)

    def to_item(self) -> dict[str, Any]:
        """Return the attributes of the item; none if there never was a take-down."""
        skeletons = {case_id: list(each) for case_id, each in self.skeletons.items()}
        return {**self.take_downs.to_item(), ATTRIBUTE: skeletons} if skeletons else {}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        stored: dict[str, Any] = item.get(ATTRIBUTE, {})
        return cls(TakeDowns.from_item(item), {case_id: tuple(each) for case_id, each in stored.items()})


NO_NAMES_DOWN = NamesDown()
