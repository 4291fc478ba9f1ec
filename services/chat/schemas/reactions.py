"""Responses of reactions to messages."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from services.chat.domain import Reaction
from services.chat.usecases import HistoryEntry
from services.shared.http.schemas import ResponseModel


class ReactionCountResponse(ResponseModel):
    """How many members have reacted to a message in one way."""

    reaction: Reaction = Field(description="The reaction. A client draws it.", examples=["like"])
    count: int = Field(description="How many members have reacted so.", examples=[3])


class ReactionsResponse(ReactionCountResponse):
    """How many members have reacted to a message in one way, and whether the caller has."""

    own: bool = Field(description="Whether the caller has reacted so.", examples=[True])

    @classmethod
    def of_entry(cls, entry: HistoryEntry) -> list[Self]:
        own = entry.own_reactions
        return [cls(reaction=reaction, count=count, own=reaction in own) for reaction, count in entry.message.reactions]
