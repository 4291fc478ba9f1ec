"""The page of a circle: what its members see beside its name, and what its owner and co-owners change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.circles.domain.member import Member
from services.circles.domain.permissions import KINDS, Action
from services.shared.pictures.upload import Picture
from services.shared.security.account_status import SanctionLevel
from services.shared.security.actions import DENIALS, DENIED_BY_CIRCLE_MUTE
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns


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
class KeptPage:
    """What a take-down reset, and its end brings back: a description and a cover that were not replaced since."""

    description: str = ""
    cover: Cover | None = None


@dataclass(frozen=True, slots=True)
class CirclePage:
    """The description, the cover, and who sees the number of members. revision: how often these changed; the page's ETag.

    take_downs: of the platform. kept: what they reset.
    """

    description: str = ""
    cover: Cover | None = None
    count_visible_to: CountVisibility = CountVisibility.MEMBERS
    revision: int = 0
    take_downs: TakeDowns = NO_TAKE_DOWNS
    kept: KeptPage = KeptPage()

    def is_count_visible(self, member: Member) -> bool:
        """Return whether a member sees the number of members."""
        return self.count_visible_to is CountVisibility.MEMBERS or member.can(Action.SANCTION)

    def update(self, changes: dict[str, Any]) -> CirclePage:
        """Change some fields, by name. Unchanged if all are the same. What is replaced does not come back."""
        after = replace(self, **changes)
        if after == self:
            return self
        description = self.kept.description if after.description == self.description else ""
        cover = self.kept.cover if after.cover == self.cover else None
        return replace(after, kept=KeptPage(description, cover), revision=self.revision + 1)

    def apply_take_down(self, take_down: TakeDown) -> CirclePage:
        """Reset description and cover, or bring them back once no take-down is active, unless they were replaced since.

        Unchanged if the stored take-down of the case is as new or newer.
        """
        take_downs = self.take_downs.add(take_down)
        if take_downs == self.take_downs:
            return self
        after = replace(self, take_downs=take_downs, revision=self.revision + 1)
        present = KeptPage(self.description or self.kept.description, self.cover or self.kept.cover)
        if take_down.is_active:
            return replace(after, description="", cover=None, kept=present)
        if take_downs.is_down:
            return after
        return replace(after, description=present.description, cover=present.cover, kept=KeptPage())


EMPTY_PAGE = CirclePage()


def permitted_actions(member: Member, level: SanctionLevel, at: datetime) -> list[Action]:
    """Return what a member can do: what the role permits, and neither a mute in the circle nor a platform sanction denies."""
    is_muted = member.active_mute(at) is not None

    def is_denied(action: Action) -> bool:
        kind = KINDS[action]
        return level in DENIALS[kind] or (is_muted and kind in DENIED_BY_CIRCLE_MUTE)

    return [action for action in Action if member.can(action) and not is_denied(action)]
