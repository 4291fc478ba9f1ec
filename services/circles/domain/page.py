"""The page of a circle: what its members see beside its name, and what its owner and co-owners change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.circles.domain.member import Member
from services.circles.domain.note import Picture
from services.circles.domain.permissions import KINDS, Action
from services.shared.security.account_status import SanctionLevel
from services.shared.security.actions import DENIALS, DENIED_BY_CIRCLE_MUTE


class CountVisibility(StrEnum):
    """Who sees the number of members."""

    MEMBERS = "members"
    MODERATORS = "moderators"


@dataclass(frozen=True, slots=True)
class Cover:
    """The picture at the top of the page. author: the user who uploaded it."""

    picture: Picture
    author: str


@dataclass(frozen=True, slots=True)
class CirclePage:
    """The description, the cover, and who sees the number of members. revision: how often these changed; the page's ETag."""

    description: str = ""
    cover: Cover | None = None
    count_visible_to: CountVisibility = CountVisibility.MEMBERS
    revision: int = 0

    def is_count_visible(self, member: Member) -> bool:
        """Return whether a member sees the number of members."""
        return self.count_visible_to is CountVisibility.MEMBERS or member.can(Action.SANCTION)

    def update(self, changes: dict[str, Any]) -> CirclePage:
        """Change some fields, by name. Unchanged if all are the same."""
        after = replace(self, **changes)
        return self if after == self else replace(after, revision=self.revision + 1)


EMPTY_PAGE = CirclePage()


def permitted_actions(member: Member, level: SanctionLevel, at: datetime) -> list[Action]:
    """Return what a member can do: what the role permits, and neither a mute in the circle nor a platform sanction denies."""
    is_muted = member.active_mute(at) is not None

    def is_denied(action: Action) -> bool:
        kind = KINDS[action]
        return level in DENIALS[kind] or (is_muted and kind in DENIED_BY_CIRCLE_MUTE)

    return [action for action in Action if member.can(action) and not is_denied(action)]
