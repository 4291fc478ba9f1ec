"""Reactions to messages: a set of a few fixed ones per member and message. Clients draw them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.chat.errors import ReactionLimitReached, ReactionNotFound
from services.chat.settings import settings
from services.shared.kernel.clock import next_version


class Reaction(StrEnum):
    """What a member can react with. The list is fixed, so that the counts of a message stay within a few bytes."""

    LIKE = "like"
    LOVE = "love"
    LAUGH = "laugh"
    SURPRISE = "surprise"
    SAD = "sad"
    THANKS = "thanks"
    CELEBRATE = "celebrate"
    SUPPORT = "support"

    @classmethod
    def named(cls, name: str) -> Reaction:
        """Raises: ReactionNotFound."""
        if name not in set(cls):
            raise ReactionNotFound
        return cls(name)


@dataclass(frozen=True, slots=True)
class MemberReactions:
    """The reactions of one member to one message.

    counted: those that the message counts. The stream makes it equal to `reactions`.
    """

    room_id: str
    seq: int
    user_id: str
    reactions: tuple[Reaction, ...] = ()
    counted: tuple[Reaction, ...] = ()
    version: int = 0

    def add(self, reaction: Reaction, *, at: datetime) -> MemberReactions:
        """Unchanged if the member has reacted so. Raises: ReactionLimitReached."""
        if reaction in self.reactions:
            return self
        if len(self.reactions) >= settings().max_reactions:
            raise ReactionLimitReached(limit=settings().max_reactions)
        return self._change((*self.reactions, reaction), self.counted, at)

    def remove(self, reaction: Reaction, *, at: datetime) -> MemberReactions:
        """Unchanged if the member has not reacted so."""
        if reaction not in self.reactions:
            return self
        return self._change((each for each in self.reactions if each != reaction), self.counted, at)

    def count(self, *, at: datetime) -> MemberReactions:
        """Return it with all that it has as counted. Unchanged if it is."""
        return self if self.is_counted else self._change(self.reactions, self.reactions, at)

    @property
    def is_counted(self) -> bool:
        return set(self.reactions) == set(self.counted)

    def _change(self, reactions: Iterable[Reaction], counted: tuple[Reaction, ...], at: datetime) -> MemberReactions:
        version = next_version(self.version, at)
        return replace(self, reactions=tuple(sorted(reactions)), counted=counted, version=version)


def uncounted(members: Iterable[MemberReactions]) -> dict[Reaction, int]:
    """Return by how much the counts of a message differ from what these members have."""
    counts: Counter[Reaction] = Counter()
    for each in members:
        counts.update(each.reactions)
        counts.subtract(each.counted)
    return {reaction: count for reaction, count in counts.items() if count}
