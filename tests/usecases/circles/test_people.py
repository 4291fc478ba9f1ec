"""A2: profiles, what circles show of their members, and who can read it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.adapters.imaging import clean
from services.circles.domain import Member, MemberState, PictureType, Role, SanctionKind
from services.circles.domain.profile import Appearance, Name, Profile
from services.circles.names.pinyin import NameQuery, name_of
from services.circles.repository.circles import find_member, member_key
from services.circles.repository.profiles import get_profile, profile_key
from services.shared.kernel.errors import CallerMuted, PreconditionFailed, RateLimitReached
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from simulation.faults import Lost
from simulation.settings import reset_settings
from simulation.setup.circles import (
    create_circle,
    get_member,
    impose_sanction,
    issue_passcode,
    join_circle,
    set_role,
    set_screening,
)
from simulation.setup.requests import CHANGE_RATE
from simulation.simulation import Simulation
from simulation.streams import changes_from_images, handle_all_changes, handle_changes, handle_new_changes
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))
PNG = dawn()


def request(user: Caller, version: int, key: str = "") -> ChangeRequest:
    return ChangeRequest.if_match(user.user_id, CHANGE_RATE, "route", key or new_id("key"), "", frozenset({str(version)}))


def change_profile(simulation: Simulation, user: Caller, **changes: Any) -> Profile:
    """Change a profile as a client does that has just read it."""
    version = get_profile(simulation.circles_table, user.user_id).version
    return circles.update_profile(simulation.circles, user, request(user, version), changes).profile


def rename(simulation: Simulation, user: Caller, nickname: str) -> None:
    """Change a nickname, and let the stream copy it."""
    change_profile(simulation, user, name=name_of(nickname))
    handle_new_changes(simulation, "circles")


def choose_name(simulation: Simulation, user: Caller, circle_id: str, own: Name | None) -> Appearance:
    """Choose a name for one circle as a client does that has just read the membership."""
    version = get_member(simulation, circle_id, user.user_id).appearance.name_version
    person = circles.update_membership(simulation.circles, user, circle_id, request(user, version), own)
    return person.member.appearance


def upload_avatar(simulation: Simulation, user: Caller, data: bytes = PNG) -> str:
    """Upload an avatar and return its id. It is not processed yet."""
    picture_id, form = circles.create_avatar_upload(simulation.circles, new_key(user), PictureType.PNG, len(data))
    simulation.bucket.files[form.fields["key"]] = ("image/png", data)
    return picture_id


def process_uploads(simulation: Simulation) -> None:
    for object_key in [*simulation.bucket.files]:
        if object_key.startswith("raw/"):
            worker = partial(clean, is_avatar=circles.is_avatar(object_key))
            circles.process_upload(simulation.circles, object_key, worker)


def people(simulation: Simulation, by: Caller, circle_id: str, *users: Caller) -> dict[str, tuple[str, str | None, bool]]:
    """Return nickname, avatar and whether there is a role, by user id."""
    found = circles.get_people(simulation.circles, by, circle_id, [user.user_id for user in users])
    return {
        person.member.user_id: (
            person.member.appearance.name.text,
            person.avatar.picture_id if person.avatar else None,
            person.member.is_active,
        )
        for person in found
    }


def names(simulation: Simulation, by: Caller, circle_id: str, limit: int = 20, **how: Any) -> list[str]:
    """Return the names of all pages of the list of members."""
    listed, start = [], None
    for _ in range(100):
        page = circles.list_members(simulation.circles, by, circle_id, PageRequest(limit, start), **how)
        assert page.items or not (start or page.next)  # no next position leads to an empty page
        assert len(page.items) <= limit
        listed += [entry.member.name.text for entry in page.items]
        start = page.next
        if start is None:
            return listed
    raise AssertionError("the pages do not end")


# The profile


def test_a2_without_a_profile_a_user_has_a_neutral_name() -> None:
    simulation = Simulation()
    profile = circles.get_profile(simulation.circles, LIN).profile
    assert profile.shown_name == Name.default(LIN.user_id)
    assert profile.shown_name.text.startswith("圈友")
    assert (len(profile.shown_name.text), profile.version) == (6, 0)
    assert name_of(profile.shown_name.text) == profile.shown_name


def test_a2_a_change_keeps_what_it_does_not_name_and_null_clears() -> None:
    simulation = Simulation()
    change_profile(simulation, LIN, name=name_of("阿岚"), bio="爱鸟。")
    assert (changed := change_profile(simulation, LIN, bio="爱鸟，也爱茶。")).shown_name.text == "阿岚"
    assert changed.bio == "爱鸟，也爱茶。"
    cleared = change_profile(simulation, LIN, name=None)
    assert (cleared.shown_name, cleared.bio) == (Name.default(LIN.user_id), "爱鸟，也爱茶。")


def test_a2_a_change_of_an_outdated_profile_is_denied_and_a_repeat_is_not() -> None:
    simulation = Simulation()
    first = request(LIN, 0, "first")
    profile = circles.update_profile(simulation.circles, LIN, first, {"name": name_of("阿岚")}).profile
    assert circles.update_profile(simulation.circles, LIN, first, {"name": name_of("阿岚")}).profile == profile
    with pytest.raises(PreconditionFailed):
        circles.update_profile(simulation.circles, LIN, request(LIN, 0), {"name": name_of("岚岚")})


def test_a2_names_can_be_changed_five_times_at_once_and_the_rest_of_the_profile_more_often() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    reset_settings()
    for number in range(5):
        change_profile(simulation, MEI, name=name_of(f"小梅{number}"))
    with pytest.raises(RateLimitReached):
        change_profile(simulation, MEI, name=name_of("小梅"))
    with pytest.raises(RateLimitReached):  # the same limit
        choose_name(simulation, MEI, circle_id, name_of("梅"))
    assert change_profile(simulation, MEI, bio="换了介绍。").shown_name.text == "小梅4"
    simulation.clock.advance(hours=6)
    assert change_profile(simulation, MEI, name=name_of("小梅")).shown_name.text == "小梅"


# Avatars


def test_a2_an_avatar_is_the_square_in_the_middle_and_is_shown_to_members() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    avatar = upload_avatar(simulation, MEI)
    process_uploads(simulation)
    assert circles.get_avatar(simulation.circles, MEI, avatar).state == "ready"
    (stored,) = simulation.bucket.files
    assert stored == f"shown/avatars/{MEI.user_id}/{avatar}"  # no thumbnail, and the upload is deleted
    upload = circles.get_avatar(simulation.circles, MEI, avatar)
    assert upload.picture
    assert (upload.picture.width, upload.picture.height) == (64, 64)  # of 96 x 64
    change_profile(simulation, MEI, avatar=avatar)
    handle_new_changes(simulation, "circles")
    assert people(simulation, LIN, circle_id, MEI)[MEI.user_id][1] == avatar
    (person,) = circles.get_people(simulation.circles, LIN, circle_id, [MEI.user_id])
    assert person.avatar
    assert avatar in person.avatar.url


def test_a2_an_avatar_that_is_not_ready_or_of_another_user_is_denied() -> None:
    simulation = Simulation()
    avatar = upload_avatar(simulation, MEI)
    with pytest.raises(errors.PicturesNotReady) as not_ready:
        change_profile(simulation, MEI, avatar=avatar)
    assert [field.at for field in not_ready.value.fields] == ["/avatar"]
    process_uploads(simulation)
    for user, picture_id in ((HAO, avatar), (MEI, new_id("pic"))):
        with pytest.raises(errors.PicturesInvalid) as invalid:
            change_profile(simulation, user, avatar=picture_id)
        assert [field.at for field in invalid.value.fields] == ["/avatar"]
    with pytest.raises(errors.PictureNotFound):
        circles.get_avatar(simulation.circles, HAO, avatar)
    bad = upload_avatar(simulation, MEI, b"no picture")
    process_uploads(simulation)
    with pytest.raises(errors.PicturesInvalid):
        change_profile(simulation, MEI, avatar=bad)


def test_a2_a_replaced_avatar_is_deleted_and_cannot_be_chosen_again() -> None:
    simulation = Simulation()
    first, second = upload_avatar(simulation, MEI), upload_avatar(simulation, MEI, dawn(120, 80))
    process_uploads(simulation)
    change_profile(simulation, MEI, avatar=first)
    change_profile(simulation, MEI, avatar=second)
    handle_new_changes(simulation, "circles")
    assert [*simulation.bucket.files] == [f"shown/avatars/{MEI.user_id}/{second}"]
    with pytest.raises(errors.PicturesInvalid):
        change_profile(simulation, MEI, avatar=first)
    handle_all_changes(simulation, "circles")
    assert [*simulation.bucket.files] == [f"shown/avatars/{MEI.user_id}/{second}"]
    change_profile(simulation, MEI, avatar="")
    handle_new_changes(simulation, "circles")
    assert not simulation.bucket.files


# What circles show


def test_a2_a_changed_name_shows_in_every_circle_and_in_the_order_of_the_list() -> None:
    simulation = Simulation()
    first, second = create_circle(simulation, LIN, MEI, HAO), create_circle(simulation, HAO, MEI)
    rename(simulation, HAO, "周舟")
    rename(simulation, MEI, "阿梅")
    for circle_id in (first, second):
        assert people(simulation, MEI, circle_id, MEI)[MEI.user_id] == ("阿梅", None, True)
    assert names(simulation, MEI, first) == [Name.default(LIN.user_id).text, "阿梅", "周舟"]
    assert names(simulation, MEI, second) == ["周舟", "阿梅"]
    rename(simulation, MEI, "朱梅")
    assert names(simulation, MEI, first)[1:] == ["周舟", "朱梅"]


def test_a2_who_joins_or_founds_a_circle_brings_their_name() -> None:
    simulation = Simulation()
    rename(simulation, LIN, "阿岚")
    rename(simulation, MEI, "阿梅")
    circle_id = create_circle(simulation, LIN)
    joined = join_circle(simulation, MEI, LIN, circle_id)
    assert joined.appearance.name.text == "阿梅"
    handle_new_changes(simulation, "circles")
    assert names(simulation, MEI, circle_id) == ["阿岚", "阿梅"]
    version = get_member(simulation, circle_id, MEI.user_id).version
    assert version == joined.version  # the stream had nothing to copy


def test_a2_a_profile_that_changes_while_its_user_joins_is_copied_by_the_record_of_the_membership() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    handle_new_changes(simulation, "circles")
    change_profile(simulation, MEI, name=name_of("阿梅"))
    profile_records = changes_from_images(simulation.memory("circles").stream)
    join_with_an_older_profile(simulation, MEI, circle_id)
    # The record of the profile was processed before the index had the membership.
    handle_changes("circles", simulation.circles, [change for change in profile_records if change.key.sk == "PROFILE"][:0])
    handle_new_changes(simulation, "circles")
    assert get_member(simulation, circle_id, MEI.user_id).appearance.name.text == "阿梅"


def join_with_an_older_profile(simulation: Simulation, user: Caller, circle_id: str) -> Member:
    stored = simulation.memory("circles").get(profile_key(user.user_id))
    assert stored
    simulation.memory("circles").delete(profile_key(user.user_id), when=None)
    member = join_circle(simulation, user, LIN, circle_id)
    simulation.memory("circles").set_item(stored)
    return member


def test_a2_a_late_or_repeated_record_of_a_profile_changes_nothing() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    for nickname in ("阿梅", "朱梅", "阿梅"):
        change_profile(simulation, MEI, name=name_of(nickname))
    records = [change for change in changes_from_images(simulation.memory("circles").stream) if change.key.sk == "PROFILE"]
    handle_new_changes(simulation, "circles")
    before = simulation.memory("circles").get(member_key(circle_id, MEI.user_id))
    for record in reversed(records):
        handle_changes("circles", simulation.circles, [record])
    assert simulation.memory("circles").get(member_key(circle_id, MEI.user_id)) == before
    assert get_member(simulation, circle_id, MEI.user_id).appearance.name.text == "阿梅"


def test_a2_a_bio_is_not_copied() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    handle_new_changes(simulation, "circles")
    before = get_member(simulation, circle_id, MEI.user_id)
    change_profile(simulation, MEI, bio="爱鸟。")
    handle_new_changes(simulation, "circles")
    assert get_member(simulation, circle_id, MEI.user_id) == before


def test_a2_a_nickname_for_one_circle_stays_when_the_profile_changes() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    rename(simulation, MEI, "阿梅")
    choose_name(simulation, MEI, circle_id, name_of("大山雀"))
    rename(simulation, MEI, "朱梅")
    shown = circles.get_membership(simulation.circles, MEI, circle_id).member.appearance
    assert (shown.name.text, shown.has_own_name) == ("大山雀", True)
    assert names(simulation, LIN, circle_id)[1:] == ["大山雀"]
    own = choose_name(simulation, MEI, circle_id, None)
    assert (own.name.text, own.has_own_name) == ("朱梅", False)


def test_a2_a_muted_member_cannot_change_the_nickname_in_the_circle() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, 1)
    with pytest.raises(CallerMuted):
        choose_name(simulation, MEI, circle_id, name_of("大山雀"))


@pytest.mark.parametrize("end", ["leave", "kick", "ban"])
def test_a2_a_past_member_keeps_the_name_of_the_end_without_avatar_and_role(end: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    avatar = upload_avatar(simulation, MEI)
    process_uploads(simulation)
    change_profile(simulation, MEI, avatar=avatar)
    rename(simulation, MEI, "阿梅")
    if end == "leave":
        circles.leave_circle(simulation.circles, MEI, circle_id)
    else:
        impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind(end))
    handle_new_changes(simulation, "circles")
    rename(simulation, MEI, "朱梅")
    assert people(simulation, HAO, circle_id, MEI) == {MEI.user_id: ("阿梅", None, False)}
    assert "阿梅" not in names(simulation, HAO, circle_id)
    with pytest.raises(errors.CircleNotFound):
        circles.get_membership(simulation.circles, MEI, circle_id)


def test_a2_who_comes_back_shows_the_present_profile() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    rename(simulation, MEI, "阿梅")
    circles.leave_circle(simulation.circles, MEI, circle_id)
    rename(simulation, MEI, "朱梅")
    join_circle(simulation, MEI, LIN, circle_id)
    assert people(simulation, LIN, circle_id, MEI) == {MEI.user_id: ("朱梅", None, True)}
    assert names(simulation, LIN, circle_id)[1:] == ["朱梅"]


def test_a2_strangers_read_nobody_and_unknown_ids_are_left_out() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    set_screening(simulation, LIN, circle_id, "友善。", (), approval=True)
    pending = circles.join_circle(simulation.circles, HAO, issue_passcode(simulation, LIN, circle_id))
    assert pending.state is MemberState.PENDING
    handle_new_changes(simulation, "circles")
    assert [*people(simulation, LIN, circle_id, MEI, HAO, YAN)] == [MEI.user_id]
    assert len(names(simulation, MEI, circle_id)) == 2
    for user in (HAO, YAN):
        for read in (circles.get_people, circles.list_members):
            with pytest.raises(errors.CircleNotFound):
                read(simulation.circles, user, circle_id, [MEI.user_id] if read is circles.get_people else PageRequest(5))  # type: ignore[operator]


def test_a2_an_approved_member_shows_the_profile() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    set_screening(simulation, LIN, circle_id, "友善。", (), approval=True)
    circles.join_circle(simulation.circles, MEI, issue_passcode(simulation, LIN, circle_id))
    rename(simulation, MEI, "阿梅")  # the index has a pending membership elsewhere, so nothing is copied
    circles.answer_screening(simulation.circles, MEI, circle_id, 1, ())
    circles.approve_member(simulation.circles, LIN, circle_id, MEI.user_id)
    handle_new_changes(simulation, "circles")
    assert people(simulation, LIN, circle_id, MEI) == {MEI.user_id: ("阿梅", None, True)}


def test_a2_a_rename_does_not_bring_a_past_member_back_into_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kick comes between the read and the write of the copy."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    handle_new_changes(simulation, "circles")
    change_profile(simulation, MEI, name=name_of("阿梅"))
    from services.circles.usecases import people as module

    real, kicked = module.copy_profile, []

    def kick_before(member: Member, profile: Profile, *, at: Any) -> Member:
        if not kicked:
            kicked.append(impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.KICK))
        return real(member, profile, at=at)

    monkeypatch.setattr(module, "copy_profile", kick_before)
    monkeypatch.setattr("services.shared.table.versioned.time.sleep", lambda seconds: None)
    handle_new_changes(simulation, "circles")
    assert kicked
    item = simulation.memory("circles").get(member_key(circle_id, MEI.user_id))
    assert item
    assert "gsi2pk" not in item
    assert item["state"] == "kicked"
    assert len(names(simulation, LIN, circle_id)) == 1


def test_a2_copying_that_dies_midway_is_completed_by_the_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    circle_ids = [create_circle(simulation, LIN, MEI) for _ in range(3)]
    handle_new_changes(simulation, "circles")
    change_profile(simulation, MEI, name=name_of("阿梅"))
    from services.circles.usecases import people as module

    real, copied = module._copy, list[str]()

    def die_at_the_second(ports: Any, circle_id: str, profile: Profile) -> None:
        copied.append(circle_id)
        if len(copied) == 2:
            raise Lost("the function crashed")
        real(ports, circle_id, profile)

    monkeypatch.setattr(module, "_copy", die_at_the_second)
    records = [change for change in changes_from_images(simulation.memory("circles").stream) if change.key.sk == "PROFILE"]
    with pytest.raises(Lost):
        handle_changes("circles", simulation.circles, records)
    shown = [get_member(simulation, circle_id, MEI.user_id).appearance.name.text for circle_id in circle_ids]
    assert shown.count("阿梅") == 1
    handle_changes("circles", simulation.circles, records)
    shown = [get_member(simulation, circle_id, MEI.user_id).appearance.name.text for circle_id in circle_ids]
    assert shown == ["阿梅"] * 3


def test_a2_the_list_is_by_rank_then_name_and_can_be_filtered() -> None:
    simulation = Simulation()
    users = [caller(f"user {number}") for number in range(30)]
    circle_id = create_circle(simulation, LIN, *users)
    for index, user in enumerate(users):
        rename(simulation, user, ["重庆小面", "观鸟的阿明", "Amy", "小王"][index % 4] + str(index))
    rename(simulation, LIN, "观鸟圈长")
    set_role(simulation, LIN, circle_id, users[0].user_id, Role.MODERATOR)
    set_role(simulation, LIN, circle_id, users[1].user_id, Role.BUYER)
    set_role(simulation, LIN, circle_id, users[5].user_id, Role.CO_OWNER)
    everyone = names(simulation, users[3], circle_id, limit=7)
    assert everyone[:4] == ["观鸟圈长", "观鸟的阿明5", "重庆小面0", "观鸟的阿明1"]
    assert [name_of(name).key for name in everyone[4:]] == sorted(name_of(name).key for name in everyone[4:])
    assert len(everyone) == len(set(everyone)) == 31
    for limit in (1, 3, 4, 20):
        found = names(simulation, users[3], circle_id, limit, name=NameQuery.parse("觀鳥"))
        assert found[:3] == ["观鸟圈长", "观鸟的阿明5", "观鸟的阿明1"]
        assert {*found} == {name for name in everyone if name.startswith("观鸟")}
        assert names(simulation, users[3], circle_id, limit, name=NameQuery.parse("重")) == [
            name for name in everyone if name.startswith("重")
        ]
        assert names(simulation, users[3], circle_id, limit, name=NameQuery.parse("Guan")) == found
        assert names(simulation, users[3], circle_id, limit, name=NameQuery.parse("zz")) == []
        only = {"role": Role.MEMBER, "name": NameQuery.parse("guanniao")}
        assert names(simulation, users[3], circle_id, limit, **only) == found[3:]
        assert names(simulation, users[3], circle_id, limit, role=Role.BUYER, name=NameQuery.parse("guan")) == ["观鸟的阿明1"]
    assert names(simulation, users[3], circle_id, role=Role.MODERATOR) == ["重庆小面0"]


def test_a2_the_list_shows_no_trust() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    listed = circles.list_members(simulation.circles, MEI, circle_id, PageRequest(5)).items
    assert [entry.member.role for entry in listed] == [Role.OWNER, Role.MEMBER]


def test_a2_a_closed_circle_keeps_no_names() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    rename(simulation, MEI, "阿梅")
    member = find_member(simulation.circles_table, circle_id, MEI.user_id)
    assert member
    erased = replace(member, state=MemberState.LEFT).erase(at=simulation.clock())
    assert erased.appearance.name == Name.default(MEI.user_id)
    assert erased.appearance.avatar == ""


def test_a2_an_outdated_choice_of_a_name_is_denied_but_not_for_a_change_of_trust() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.BUYER)
    circles.update_membership(simulation.circles, MEI, circle_id, request(MEI, 0), name_of("大山雀"))
    with pytest.raises(PreconditionFailed):
        circles.update_membership(simulation.circles, MEI, circle_id, request(MEI, 0), name_of("小山雀"))
    assert get_member(simulation, circle_id, MEI.user_id).appearance.name.text == "大山雀"
