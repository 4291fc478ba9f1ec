"""Reading activity."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.shared.http.schemas import NoteId, RequestModel


class ViewsRequest(RequestModel):
    """The notes that the caller has just read."""

    note_ids: Annotated[list[NoteId], Field(min_length=1, max_length=18)]
