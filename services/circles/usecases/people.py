"""The people of a circle, as its members see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import NamedTuple

from services.circles.domain import Action, Member, Role
from services.circles.domain.naming import copy_profile, set_own_name
from services.circles.domain.profile import AVATARS, ListedMember, Name, Profile
from services.circles.errors import MemberNotFound
from services.circles.names.pinyin import NameQuery
from services.circles.repository import circles, profiles
from services.circles.repository import people as repository
from services.circles.settings import settings
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.pictures import (
    AvatarLink,
    avatar_object_key,
    delete_avatar,
    delete_avatar_check,
    find_avatar_link,
)
from services.circles.usecases.ports import Ports
from services.circles.usecases.profiles import name_slot
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import NoteReported
from services.shared.messaging.stream import Change
from services.shared.pictures.evidence import ReportedPictures
from services.shared.pictures.files import delete_hidden_file, hide_file, show_file
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportInput, ReportSubject, put_report
from services.shared.table.versioned import update


class Person(NamedTuple):
    """A membership with the link of the avatar, which a past member has none of."""

    member: Member
    avatar: AvatarLink | None


class ListedPerson(NamedTuple):
    """An entry of the list of members, with the link of the avatar."""

    member: ListedMember
    avatar: AvatarLink | None


def get_people(ports: Ports, caller: Caller, circle_id: str, user_ids: Collection[str]) -> list[Person]:
    """Return those of these users who are or were members of the circle.

    Cost: 11 read units for 20.
    Raises: CircleNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    members = repository.get_members(ports.table, circle_id, user_ids)
    return [_person(ports, member) for member in members if member.was_member]


def _person(ports: Ports, member: Member) -> Person:
    avatar = member.appearance.avatar if member.is_active else ""
    return Person(member, find_avatar_link(ports, member.user_id, avatar))


def list_members(
    ports: Ports, caller: Caller, circle_id: str, page: PageRequest, role: Role | None = None, name: NameQuery | None = None
) -> Page[ListedPerson]:
    """Return a page of the members by rank, then by name. name: how their names begin.

    Cost: 1.5 read units for 20; a search up to 3.5, whatever the size of the circle.
    Raises: CircleNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    members = repository.list_active_members(ports.table, circle_id, page, role, name)
    return members.map(lambda member: ListedPerson(member, find_avatar_link(ports, member.user_id, member.avatar)))


def get_membership(ports: Ports, caller: Caller, circle_id: str) -> Person:
    """Return the caller's own membership.

    Cost: 1 read unit.
    Raises: CircleNotFound.
    """
    return _person(ports, require_permission(ports, caller, circle_id, Action.READ))


def update_membership(ports: Ports, caller: Caller, circle_id: str, request: ChangeRequest, own: Name | None) -> Person:
    """Set the caller's nickname in this circle, or None to show that of the profile; return the membership.

    Cost: 5 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted, PreconditionFailed (another choice than the caller read), KeyReused,
    RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.SET_NICKNAME)
    slot = name_slot(ports, request)

    def change(member: Member) -> Member:
        profile = profiles.get_profile(ports.table, caller.user_id)
        member.require(Action.SET_NICKNAME, ports.clock())  # again: they can have been muted or kicked in between
        after = set_own_name(member, own, profile, at=ports.clock())
        if after != member:
            slot.use()
        return after

    load = partial(circles.load_member, ports.table, circle_id, caller.user_id)
    # Its ETag is the version of this choice: a change of trust or role in between is no reason to deny it.
    return _person(
        ports, update(ports, load, change, request=request, version_of=lambda member: member.appearance.name_version)
    )


def report_member(ports: Ports, caller: Caller, circle_id: str, user_id: str, report_input: ReportInput) -> None:
    """Report the name and the avatar of who is or was a member, with both as evidence. Others do not read the bio.

    Unchanged if the caller reported them as they are now. After a change they can be reported again.
    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted, MemberNotFound, RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.REPORT)
    member = circles.find_member(ports.table, circle_id, user_id)
    if member is None or not member.was_member:
        raise MemberNotFound
    profile, shown = profiles.get_profile(ports.table, user_id), member.appearance
    subject_id, avatar = f"{circle_id}/{user_id}", shown.avatar if member.is_active else ""
    named, copy_files = ReportedPictures(AVATARS, user_id, (avatar,) if avatar else ()).evidence(ports, "circles", subject_id)
    evidence = {"nickname": shown.name.text, "nickname_of_profile": profile.shown_name.text, **named}
    revision = max(1, shown.name_version, profile.version)  # each change makes one of the versions the highest
    subject = ReportSubject("profile", subject_id, circle_id, user_id, evidence, revision, copy_files)
    put_report(ports, NoteReported, subject, caller.user_id, report_input, settings().rate("report"))


def copy_profiles(ports: Ports, changes: Sequence[Change]) -> None:
    """Copy what the stream's changes of profiles show to all circles of the user, and to a membership that begins.

    A repeat, or a late record, changes nothing: each membership stores the version of the profile that it shows.
    """
    for profile in profiles.profile_changes(changes):
        if profile.after:
            _copy_to_circles(ports, profile.before or Profile(profile.after.user_id), profile.after)
    for member in circles.MEMBERS.changes(changes, "MEMBER#"):
        if member.after and member.after.is_active and not (member.before and member.before.is_active):
            _copy_to_membership(ports, member.after)


def _copy_to_circles(ports: Ports, before: Profile, after: Profile) -> None:
    if (before.shown_name, before.avatar) == (after.shown_name, after.avatar):
        return
    if after.avatar and after.avatar == before.kept.avatar:  # a take-down ended
        show_file(ports.pictures, avatar_object_key(after.user_id, after.avatar))
    for circle_id in circles.iter_circle_ids(ports.table, after.user_id):
        _copy(ports, circle_id, after)
    for avatar in {before.avatar, before.kept.avatar} - {"", after.avatar}:
        _put_away(ports, after.user_id, avatar)


def _put_away(ports: Ports, user_id: str, avatar: str) -> None:
    """Delete an avatar that was replaced, or hide one that is down.

    Last, so that a repeat after a crash finds all copies made. Unchanged if it was chosen again since.
    """
    profile, object_key = profiles.get_profile(ports.table, user_id, consistent_read=True), avatar_object_key(user_id, avatar)
    if avatar == profile.kept.avatar:
        delete_avatar_check(ports, user_id, avatar)
        hide_file(ports.pictures, object_key)
    elif avatar != profile.avatar:
        delete_avatar(ports, user_id, avatar)
        delete_hidden_file(ports.pictures, object_key)


def _copy_to_membership(ports: Ports, member: Member) -> None:
    """Copy a profile that changed while the user joined: the index by which the change looked for memberships lacked this one.

    It is also how an owner, and a user who was approved, get theirs.
    """
    profile = profiles.get_profile(ports.table, member.user_id, consistent_read=True)
    if profile.version > member.appearance.profile_version:
        _copy(ports, member.circle_id, profile)


def _copy(ports: Ports, circle_id: str, profile: Profile) -> None:
    load = partial(circles.load_member, ports.table, circle_id, profile.user_id)
    update(ports, load, lambda member: copy_profile(member, profile, at=ports.clock()))
