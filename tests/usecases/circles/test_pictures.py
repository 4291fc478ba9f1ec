"""Pictures from upload to being shown: looked at by the worker, attached once they are fit, seen by members alone."""

from __future__ import annotations

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.adapters.imaging import clean
from services.circles.domain import PictureType
from services.shared.kernel.ids import new_id
from services.shared.security.auth import Caller
from simulation.setup.circles import circle_with, post
from simulation.simulation import World, person

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
PNG = dawn()


def upload(world: World, circle_id: str, caller: Caller, data: bytes = PNG, type: str = "image/png") -> str:
    """Offered and uploaded, not looked at yet."""
    picture_id, offer = circles.create_upload(world.circles, caller, circle_id, PictureType.PNG, len(data))
    world.bucket.files[offer.fields["key"]] = (type, data)
    return picture_id


def look(world: World) -> None:
    """The worker is told of every upload, twice."""
    for place in [*world.bucket.files, *world.bucket.files]:
        if place.startswith("raw/"):
            circles.take_picture(world.circles, place, clean)


def test_c13_pictures_are_attached_once_the_worker_found_them_fit() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    good = upload(world, circle_id, MEI)
    with pytest.raises(errors.PicturesNotReady) as early:
        post(world, circle_id, MEI, picture_ids=(good,))
    assert early.value.retry_after == 1
    look(world)
    (picture,) = post(world, circle_id, MEI, picture_ids=(good,)).content.pictures
    assert (picture.id, picture.type, picture.width, picture.height) == (good, PictureType.PNG, 96, 64)
    assert sorted(place.partition("/")[0] for place in world.bucket.files) == ["shown", "thumb"]  # the upload itself is gone


def test_c13_what_is_no_picture_or_anothers_is_refused_with_its_place_and_reason() -> None:
    world = World()
    circle_id = circle_with(world, MEI, HAO)
    good, lying = upload(world, circle_id, MEI), upload(world, circle_id, MEI, b"<svg onload=alert(1)>")
    foreign = upload(world, circle_id, MEI, PNG, "image/svg+xml")
    of_another, big = upload(world, circle_id, HAO), upload(world, circle_id, MEI, PNG + b"0" * 8 * 1024 * 1024)
    look(world)
    with pytest.raises(errors.PicturesInvalid) as refused:
        post(world, circle_id, MEI, picture_ids=(good, lying, foreign, of_another, big, new_id("pic")))
    assert [(field.at, field.message) for field in refused.value.fields] == [
        ("/pictures/1", "is not the picture its type says"),
        ("/pictures/2", "is not uploaded here by you"),
        ("/pictures/3", "is not uploaded here by you"),
        ("/pictures/4", "is larger than 8 MB"),
        ("/pictures/5", "is not uploaded here by you"),
    ]
    assert circles.list_notes(world.circles, MEI, circle_id, 10, None) == ([], None)


def test_c13_pictures_are_shown_to_members_by_an_address_of_a_minute() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    picture = upload(world, circle_id, MEI)
    look(world)
    note = post(world, circle_id, MEI, picture_ids=(picture,))
    shown = circles.get_picture_url(world.circles, HAO, circle_id, note.id, 0)
    assert ("/shown/" in shown, shown.endswith("for=60")) == (True, True)
    assert "/thumb/" in circles.get_picture_url(world.circles, HAO, circle_id, note.id, 0, thumb=True)
    with pytest.raises(errors.PictureNotFound):
        circles.get_picture_url(world.circles, HAO, circle_id, note.id, 1)
    with pytest.raises(errors.CircleNotFound):
        circles.get_picture_url(world.circles, person("stranger"), circle_id, note.id, 0)
