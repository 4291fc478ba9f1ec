"""The messages before and after a reported one, as its reporter saw them. They are evidence while the case is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SurroundingMessage:
    """A message beside the reported one.

    kind: as in chat; a tombstone has neither sender nor text. text: its beginning.
    """

    seq: int
    kind: str
    sender: str
    text: str
    sent_at: datetime


Surroundings = tuple[SurroundingMessage, ...]
