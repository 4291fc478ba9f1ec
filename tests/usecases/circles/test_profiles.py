"""A2: profiles with their names and avatars. The helpers are also those of test_people.py."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import PictureType
from services.circles.domain.profile import Appearance, Name, Profile
from services.circles.names.pinyin import name_of
from services.circles.repository.profiles import get_profile
from services.shared.kernel.errors import PreconditionFailed, RateLimitReached
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from simulation.settings import reset_settings
from simulation.setup.circles import create_circle, get_member
from simulation.setup.requests import CHANGE_RATE
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes, handle_new_changes
from simulation.users import caller, new_key
from tests.support.imaging import clean

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
            worker = partial(clean, square=256 if circles.is_avatar(object_key) else 0)
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
