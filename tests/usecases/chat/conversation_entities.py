"""The members and messages of the conversation model."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from services.chat.domain import MessageRequest
from services.chat.errors import CircleNotFound, RoleNotAllowed
from services.shared.kernel.errors import DomainError
from services.shared.security.auth import Caller
from simulation.users import caller

Error = type[DomainError] | None
RANK = {"owner": 4, "moderator": 2, "member": 0}


@dataclass
class MemberModel:
    """A user and their membership. mentions: by room the numbers that mention the user, as the stream stored them."""

    name: str
    role: str
    since: datetime | None
    blocked: set[str] = field(default_factory=set)
    markers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    mentions: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def caller(self) -> Caller:
        return caller(self.name)

    @property
    def is_moderator(self) -> bool:
        return RANK[self.role] >= RANK["moderator"]

    @property
    def error(self) -> Error:
        return None if self.since else CircleNotFound

    @property
    def error_as_moderator(self) -> Error:
        return self.error or (None if self.is_moderator else RoleNotAllowed)


@dataclass
class MessageModel:
    """A number of a room. kind: `pending` while its send has crashed and the number can still get its message.

    texts: the earlier ones, and the present one; of a highlight that is purged the present one alone. reactions: by user.
    is_changed: since the stream was handled.
    mentioned: each user that the message has mentioned by name; mentions: those that it mentions now.
    """

    seq: int
    sender: str
    request: MessageRequest
    at: datetime
    kind: str = "text"
    texts: list[str] = field(default_factory=list)
    mentions: tuple[str, ...] = ()
    mentioned: set[str] = field(default_factory=set)
    is_down: bool = False
    is_highlight: bool = False
    is_changed: bool = True
    reactions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def is_shown(self) -> bool:
        return self.kind == "text" and not self.is_down

    def kind_for(self, member: MemberModel) -> str:
        """Return what a member sees: what its sender recalled stays recalled, whatever the platform decides."""
        if self.is_down and self.kind != "recalled":
            return "taken_down"
        return "hidden" if self.is_shown and self.sender in member.blocked else self.kind

    def text_for(self, member: MemberModel) -> str:
        kind, is_own = self.kind_for(member), member.name == self.sender
        return self.texts[-1] if self.texts and (kind == "text" or (kind == "taken_down" and is_own)) else ""

    def erase(self, kind: str) -> None:
        self.kind, self.texts, self.mentions, self.is_changed, self.is_highlight = kind, [], (), True, False

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for each in self.reactions.values():
            for reaction in each:
                counts[reaction] += 1
        return dict(counts)
