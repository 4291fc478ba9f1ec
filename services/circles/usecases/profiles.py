"""A user's profile: nickname, avatar and bio."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from services.circles.domain.profile import AVATARS, Profile
from services.circles.repository import profiles as repository
from services.circles.settings import settings
from services.circles.usecases.pictures import AvatarLink, find_avatar_link, require_attachable_pictures
from services.circles.usecases.ports import Ports
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import update


class OwnProfile(NamedTuple):
    """The caller's profile with the link of the avatar."""

    profile: Profile
    avatar: AvatarLink | None


def get_profile(ports: Ports, caller: Caller) -> OwnProfile:
    """Return the caller's profile, or the default one.

    Cost: 1 read unit.
    """
    return _with_avatar(ports, repository.get_profile(ports.table, caller.user_id))


def update_profile(ports: Ports, caller: Caller, request: ChangeRequest, changes: Mapping[str, Any]) -> OwnProfile:
    """Change some of the name, the avatar and the bio, and return the profile.

    The stream copies it to the memberships of the user, and deletes an avatar that was replaced.
    Cost: 7 write units and 2.5 read units for a first name that 1 circle shows; each further circle 3 and 1 more. Another
    name costs 1 write unit more.
    Raises: PicturesInvalid, PicturesNotReady (the avatar), PreconditionFailed (the profile changed since the caller read it),
    KeyReused, RateLimitReached.
    """
    slot = name_slot(ports, request)

    def change(profile: Profile) -> Profile:
        after = profile.update(at=ports.clock(), **changes)
        if after.avatar not in ("", profile.avatar):
            require_attachable_pictures(ports, AVATARS, caller.user_id, (after.avatar,), "/avatar")
        if after.name != profile.name:
            slot.use()
        return after

    load = partial(repository.load_profile, ports.table, caller.user_id)
    return _with_avatar(ports, update(ports, load, change, request=request))


def _with_avatar(ports: Ports, profile: Profile) -> OwnProfile:
    return OwnProfile(profile, find_avatar_link(ports, profile.user_id, profile.avatar))


def name_slot(ports: Ports, request: ChangeRequest) -> Slot:
    """Return the slot of a change of a nickname. There are few, so that members recognise each other."""
    return Slot(ports, request.user, settings().rate("name"), request.key_hash)
