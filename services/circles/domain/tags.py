"""Which tags are merged into which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.circles.errors import TagsUnknown
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
