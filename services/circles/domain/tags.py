"""Which tags are merged into which, and what all users see of the counters of a tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.circles.errors import TagsUnknown
from services.circles.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError


@dataclass(frozen=True, slots=True)
class TagMerges:
    """All merges of the platform, by slug: a few among thousands of tags."""

    into: Mapping[str, str] = field(default_factory=dict)
    version: int = 0

    def target(self, slug: str) -> str:
        """Return the tag that this one was merged into, over any number of merges."""
        for _ in range(len(self.into)):
            slug = self.into.get(slug, slug)
        return slug

    def merge(self, slug: str, into: str, *, at: datetime) -> TagMerges:
        """Merge a tag into another. Raises: TagsUnknown (`into` is the tag itself or was merged into it)."""
        if self.target(into) == slug:
            raise TagsUnknown(fields=(FieldError("/into", "must-be-other-tag"),))
        return replace(self, into={**self.into, slug: into}, version=next_version(self.version, at))


@dataclass(frozen=True, slots=True)
class TagSnapshot:
    """The exact counters of a tag as of a night. Users see them coarsely: a hidden circle must not be recognised by them.

    circle_groups: the groups of circles that have visible notes with the tag. Each circle is in one group, so there are at
    least as many circles.
    """

    notes: int = 0
    views: int = 0
    circle_groups: frozenset[str] = frozenset()

    def add(self, other: TagSnapshot) -> TagSnapshot:
        """Return the snapshot of both tags, for a tag that was merged into another."""
        return TagSnapshot(self.notes + other.notes, self.views + other.views, self.circle_groups | other.circle_groups)

    @property
    def is_public(self) -> bool:
        return len(self.circle_groups) >= settings().min_circles_of_tag


def round_down(number: int) -> int:
    """Return a number with its first 2 digits, as a multiple of 10: 7 -> 0, 137 -> 130, 12345 -> 12000."""
    step = int(10 ** max(len(str(number)) - 2, 1))
    return max(number, 0) // step * step
