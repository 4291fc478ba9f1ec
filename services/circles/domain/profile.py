"""What users show of themselves: their profile, and what each circle shows of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from services.circles.domain.roles import Role
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import default_number
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns

DEFAULT_NAME, DEFAULT_NAME_KEY = "圈友", "quanyou"
AVATARS = "avatars"  # in the place of the circle: avatars are uploaded, processed and checked as the pictures of notes are


@dataclass(frozen=True, slots=True)
class Name:
    """A nickname. key: its pinyin, by which lists are in order and are searched."""

    text: str
    key: str

    @classmethod
    def default(cls, user_id: str) -> Self:
        """Return the name of a user who has chosen none, so that no screen shows an id."""
        number = default_number(user_id)
        return cls(f"{DEFAULT_NAME}{number}", f"{DEFAULT_NAME_KEY}{number}")


@dataclass(frozen=True, slots=True)
class KeptProfile:
    """What a take-down reset, and its end brings back: a name and an avatar that the user has not replaced since."""

    name: Name | None = None
    avatar: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A user's profile. name: None until the user chooses one. avatar: the id of a picture, or empty.

    take_downs: of the platform. kept: what they reset.
    """

    user_id: str
    name: Name | None = None
    avatar: str = ""
    bio: str = ""
    version: int = 0
    take_downs: TakeDowns = NO_TAKE_DOWNS
    kept: KeptProfile = KeptProfile()

    @property
    def shown_name(self) -> Name:
        return self.name or Name.default(self.user_id)

    def update(self, *, at: datetime, **changes: object) -> Profile:
        """Change some of `name`, `avatar` and `bio`. Unchanged if they are the same. What is replaced does not come back."""
        after = replace(self, **changes)  # type: ignore[arg-type]
        if after == self:
            return self
        name = self.kept.name if after.name == self.name else None
        avatar = self.kept.avatar if after.avatar == self.avatar else ""
        return replace(after, kept=KeptProfile(name, avatar), version=next_version(self.version, at))

    def apply_take_down(self, take_down: TakeDown, *, at: datetime) -> Profile:
        """Reset name and avatar, or bring them back once no take-down is active, unless the user has chosen others since.

        Unchanged if the stored take-down of the case is as new or newer.
        """
        take_downs = self.take_downs.add(take_down)
        if take_downs == self.take_downs:
            return self
        after = replace(self, take_downs=take_downs, version=next_version(self.version, at))
        present = KeptProfile(self.name or self.kept.name, self.avatar or self.kept.avatar)
        if take_down.is_active:
            return replace(after, name=None, avatar="", kept=present)
        return after if take_downs.is_down else replace(after, name=present.name, avatar=present.avatar, kept=KeptProfile())


@dataclass(frozen=True, slots=True)
class KeptName:
    """The name that a take-down reset in a circle. is_own: it was chosen for this circle."""

    name: Name
    is_own: bool


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a circle shows of a member.

    has_own_name: the name was chosen for this circle, so a change of the profile does not replace it. name_version: of this
        choice, also of the last one that is undone; 0 if there was none.
    profile_version: of the profile that the rest was copied from; 0 if it was not copied yet.
    take_downs: of the platform. kept: the name that they reset; None if there is none, or if another one was chosen since.
    """

    name: Name
    avatar: str = ""
    has_own_name: bool = False
    name_version: int = 0
    profile_version: int = 0
    take_downs: TakeDowns = NO_TAKE_DOWNS
    kept: KeptName | None = None

    def named(self, user_id: str) -> Appearance:
        """Return the appearance with the default name, if it has none."""
        return self if self.name.text else replace(self, name=Name.default(user_id))

    def copy(self, profile: Profile) -> Appearance:
        """Copy the profile. Unchanged if the same or a newer one was copied."""
        if profile.version <= self.profile_version:
            return self
        after = replace(self, avatar=profile.avatar, profile_version=profile.version)
        if self.has_own_name:
            return after
        return replace(after, name=profile.shown_name, kept=None if profile.name else self.kept)

    def with_name(self, own: Name | None, profile: Profile, *, at: datetime) -> Appearance:
        """Use a name of its own in this circle, or again that of the profile. Unchanged if it is the same."""
        after = replace(self, name=own or profile.shown_name, has_own_name=own is not None)
        return self if after == self else replace(after, kept=None, name_version=next_version(self.name_version, at))

    def apply_take_down(self, user_id: str, take_down: TakeDown, *, at: datetime) -> Appearance:
        """Show the default name, or the one before again once no take-down is active, unless another was chosen since.

        Unchanged if the stored take-down of the case is as new or newer.
        """
        take_downs, default = self.take_downs.add(take_down), Name.default(user_id)
        if take_downs == self.take_downs:
            return self
        after = replace(self, take_downs=take_downs, name_version=next_version(self.name_version, at))
        if take_down.is_active:
            kept = self.kept if self.name == default else KeptName(self.name, self.has_own_name)
            return replace(after, name=default, has_own_name=False, kept=kept)
        if take_downs.is_down or self.kept is None:
            return after
        return replace(after, name=self.kept.name, has_own_name=self.kept.is_own, kept=None)


UNNAMED = Appearance(Name("", ""))


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member as the members of the circle see them. role: the assigned one, which does not show the trust."""

    user_id: str
    role: Role
    name: Name
    avatar: str
    joined_at: datetime
