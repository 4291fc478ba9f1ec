"""What reviewers and operators read about users in circles: recorded before it is returned, with a grant of review for each.

Review has the sanction record of a user, and commerce the orders: services do not call each other, so a client reads each.
"""

from __future__ import annotations

from typing import NamedTuple

from services.circles.domain import Circle, Member
from services.circles.domain.profile import Profile
from services.circles.names.pinyin import NameQuery
from services.circles.repository import circles, profiles
from services.circles.usecases.pictures import AvatarLink, find_avatar_link
from services.circles.usecases.ports import Ports
from services.shared.kernel.errors import ConflictOfInterest
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.access_logs import put_granted_access
from services.shared.security.auth import Caller
from services.shared.security.identities import list_identity_ids, list_users_of_identity
from services.shared.security.read_grants import USERS_BY_NICKNAME, ReadKind, subject_of
from services.shared.security.reviewers import Reader, require_reader

MAX_MEMBERSHIPS = 100  # of one response


class StaffProfile(NamedTuple):
    """A profile with the link of its avatar, and the user's memberships, past ones too, each with its circle."""

    profile: Profile
    avatar: AvatarLink | None
    memberships: list[tuple[Member, Circle | None]]


def list_users(ports: Ports, caller: Caller, nickname: NameQuery, page: PageRequest, grant: str) -> Page[Profile]:
    """Return a page of the users whose chosen nickname begins with a text. Each page is one access, and is recorded before.

    grant: of review, for this page.
    Cost: 3 write units and 2 read units for an operator; 1 read unit more for a reviewer.
    Raises: ReviewerNotEnrolled, ReadGrantInvalid.
    """
    reader = require_reader(ports.table, caller)
    put_granted_access(ports, reader, USERS_BY_NICKNAME, grant, details={"nickname": nickname.text})
    return profiles.list_profiles(ports.table, nickname, page)


def get_user_profile(ports: Ports, caller: Caller, user_id: str, grant: str) -> StaffProfile:
    """Return a user's profile, or the default one, with at most 100 memberships. The access is recorded before.

    grant: of review, for the profile of this user.
    Cost: 3 write units and 6 read units for an operator and a user without identities and with 1 circle. A reviewer costs 2
    more, and each further circle 2.
    Raises: ReviewerNotEnrolled, ConflictOfInterest, ReadGrantInvalid.
    """
    reader = require_reader(ports.table, caller)
    circle_ids = list(circles.iter_circle_ids(ports.table, user_id))
    if _has_conflict_of_interest(ports, reader, user_id):
        raise ConflictOfInterest
    put_granted_access(ports, reader, subject_of(ReadKind.PROFILE, user_id), grant)
    profile, shown = profiles.get_profile(ports.table, user_id), circle_ids[:MAX_MEMBERSHIPS]
    found = circles.find_circles(ports.table, shown)
    members = circles.find_members(ports.table, [user_id], shown)
    memberships = [(member, found.get(member.circle_id)) for member in members]
    return StaffProfile(profile, find_avatar_link(ports, user_id, profile.avatar), memberships)


def _has_conflict_of_interest(ports: Ports, reader: Reader, user_id: str) -> bool:
    """Whether the reader is the user, under any known user of both, or both are in one circle, or one invited the other there.

    Trades are known to commerce, and all of it to review.
    """
    own, its = _linked_users(ports, reader.user_id, reader.identity_id), _linked_users(ports, user_id)
    if own & its:
        return True
    for other in sorted(its):
        circle_ids = list(circles.iter_circle_ids(ports.table, other))
        members = circles.find_members(ports.table, [other, *sorted(own)], circle_ids)
        of_other = {member.circle_id: member for member in members if member.user_id == other}
        of_reader = [member for member in members if member.user_id != other]
        if any(_are_connected(member, of_other.get(member.circle_id)) for member in of_reader):
            return True
    return False


def _are_connected(one: Member, other: Member | None) -> bool:
    """Whether both are in the circle, or one invited the other into it."""
    if other is None:
        return False
    return (one.is_active and other.is_active) or one.invited_by == other.user_id or other.invited_by == one.user_id


def _linked_users(ports: Ports, user_id: str, identity_id: str = "") -> set[str]:
    """Return the user with all known users of the same identities."""
    known = {*list_identity_ids(ports.table, user_id), identity_id} - {""}
    return {user_id}.union(*(list_users_of_identity(ports.table, one) for one in sorted(known)))
