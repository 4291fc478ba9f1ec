"""Reading activity."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from services.shared.http.schemas import RequestModel
from services.shared.kernel.ids import PATTERNS

NoteId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['note_id']}$")]


class ViewsRequest(RequestModel):
    """The notes that the caller has just read."""

    note_ids: Annotated[list[NoteId], Field(min_length=1, max_length=18)]
