"""A2: what circles show of their members, and who can read it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Member, MemberState, Role, SanctionKind
from services.circles.domain.naming import copy_profile
from services.circles.domain.profile import Name, Profile
from services.circles.names.pinyin import name_of
from services.circles.repository.circles import find_member, member_key
from services.circles.repository.profiles import profile_key
from services.circles.usecases import people as module
from services.shared.kernel.errors import CallerMuted, PreconditionFailed
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.faults import Lost
from simulation.setup.circles import (
    create_circle,
    get_member,
    impose_sanction,
    issue_passcode,
    join_circle,
    set_role,
    set_screening,
)
from simulation.simulation import Simulation
from simulation.streams import changes_from_images, handle_changes, handle_new_changes
from tests.usecases.circles.test_profiles import (
    HAO,
    LIN,
    MEI,
    YAN,
    change_profile,
    choose_name,
    names,
    people,
    process_uploads,
    rename,
    request,
    upload_avatar,
)


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


def test_a2_strangers_read_no_member_and_unknown_ids_are_left_out() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    set_screening(simulation, LIN, circle_id, "友善。", (), approval=True)
    pending = circles.join_circle(simulation.circles, HAO, issue_passcode(simulation, LIN, circle_id))
    assert pending.state is MemberState.PENDING
    handle_new_changes(simulation, "circles")
    assert [*people(simulation, LIN, circle_id, MEI, HAO, YAN)] == [MEI.user_id]
    assert len(names(simulation, MEI, circle_id)) == 2
    for user in (HAO, YAN):
        with pytest.raises(errors.CircleNotFound):
            circles.get_people(simulation.circles, user, circle_id, [MEI.user_id])
        with pytest.raises(errors.CircleNotFound):
            circles.list_members(simulation.circles, user, circle_id, PageRequest(5))


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
    kicked: list[Member] = []

    def kick_before(member: Member, profile: Profile, *, at: Any) -> Member:
        if not kicked:
            kicked.append(impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.KICK))
        return copy_profile(member, profile, at=at)

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
