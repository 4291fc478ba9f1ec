"""What a message was before it was edited, recalled or removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from services.chat.domain.message import Message, MessageKind
from services.chat.settings import settings


class RevisionOutcome(StrEnum):
    """edited, recalled: by the sender. removed: by a moderator."""

    EDITED = "edited"
    RECALLED = "recalled"
    REMOVED = "removed"


OUTCOMES = {MessageKind.RECALLED: RevisionOutcome.RECALLED, MessageKind.REMOVED: RevisionOutcome.REMOVED}


@dataclass(frozen=True, slots=True)
class MessageRevision:
    """An earlier content of a message. Readers see it in no history.

    outcome, replaced_by, replaced_at: what ended it, which user, and when. expires_at: after this it cannot be read.
    """

    room_id: str
    seq: int
    number: int
    text: str
    listing_id: str
    written_at: datetime
    outcome: RevisionOutcome
    replaced_by: str
    replaced_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, before: Message, after: Message) -> Self:
        """Return what a change replaced."""
        replaced_at = after.changed_at or after.sent_at
        return cls(
            room_id=before.room_id,
            seq=before.seq,
            number=before.revision,
            text=before.text,
            listing_id=before.listing_id,
            written_at=before.changed_at or before.sent_at,
            outcome=OUTCOMES.get(after.kind, RevisionOutcome.EDITED),
            replaced_by=after.removal.by if after.removal else after.sender,
            replaced_at=replaced_at,
            expires_at=replaced_at + settings().earlier_text_lifetime,
        )

    def is_expired(self, at: datetime) -> bool:
        return self.expires_at <= at
