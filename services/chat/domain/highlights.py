"""The highlights (精华) of a room."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.chat.errors import HighlightLimitReached
from services.chat.settings import settings


@dataclass(frozen=True, slots=True)
class Highlights:
    """The numbers of the highlighted messages of a room, the newest message first; each once. So their number is exact."""

    room_id: str
    seqs: tuple[int, ...] = ()
    version: int = 0

    def add(self, seq: int) -> Highlights:
        """Raises: HighlightLimitReached."""
        if len(self.seqs) >= settings().max_highlights:
            raise HighlightLimitReached(limit=settings().max_highlights)
        return self._next({*self.seqs, seq})

    def remove(self, seq: int) -> Highlights:
        return self._next({*self.seqs} - {seq})

    def _next(self, seqs: set[int]) -> Highlights:
        return replace(self, seqs=tuple(sorted(seqs, reverse=True)), version=self.version + 1)
