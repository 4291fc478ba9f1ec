"""Pictures: uploaded, processed by the worker, attached to notes, and downloaded by members."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import PictureType
from services.circles.settings import CirclesSettings, settings
from services.shared.kernel.ids import KEY_LIFETIME, MAX_CLOCK_SKEW, IdempotencyKey, new_id
from services.shared.kernel.pages import PageRequest
from services.shared.pictures.checks import find_picture_check, picture_key
from services.shared.pictures.clean import CleanPicture
from services.shared.security.auth import Caller
from simulation.faults import Lost
from simulation.settings import overridden
from simulation.setup.circles import create_circle, post_note
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.imaging import clean

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
PNG = dawn()
OTHER_PNG = dawn(120, 80)


def upload(simulation: Simulation, circle_id: str, caller: Caller, data: bytes = PNG, type: str = "image/png") -> str:
    """Upload a picture and return its id. It is not processed yet."""
    picture_id, form = circles.create_upload(simulation.circles, caller, circle_id, new_key(caller), PictureType.PNG, len(data))
    simulation.bucket.files[form.fields["key"]] = (type, data)
    return picture_id


def process_uploads(simulation: Simulation) -> None:
    """Process each upload twice, as a redelivered notification does."""
    for object_key in [*simulation.bucket.files, *simulation.bucket.files]:
        if object_key.startswith("raw/"):
            circles.process_upload(simulation.circles, object_key, clean)


def test_c13_pictures_are_attached_after_the_worker_processed_them() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    good = upload(simulation, circle_id, MEI)
    with pytest.raises(errors.PicturesNotReady) as error:
        post_note(simulation, circle_id, MEI, picture_ids=(good,))
    assert error.value.retry_after == 1
    process_uploads(simulation)
    (picture,) = post_note(simulation, circle_id, MEI, picture_ids=(good,)).content.pictures
    assert (picture.id, picture.type, picture.width, picture.height) == (good, PictureType.PNG, 96, 64)
    assert sorted(object_key.partition("/")[0] for object_key in simulation.bucket.files) == [
        "shown",
        "thumb",
    ]  # the upload itself is deleted


def test_c13_an_invalid_or_foreign_picture_is_an_error_with_index_and_reason() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, MEI, HAO)
    good, wrong_type = upload(simulation, circle_id, MEI), upload(simulation, circle_id, MEI, b"<svg onload=alert(1)>")
    other_type = upload(simulation, circle_id, MEI, PNG, "image/svg+xml")
    of_another_user, big = upload(simulation, circle_id, HAO), upload(simulation, circle_id, MEI, PNG + b"0" * 8 * 1024 * 1024)
    process_uploads(simulation)
    with pytest.raises(errors.PicturesInvalid) as error:
        post_note(simulation, circle_id, MEI, picture_ids=(good, wrong_type, other_type, of_another_user, big, new_id("pic")))
    assert [(field.at, field.code) for field in error.value.fields] == [
        ("/pictures/1", "picture-type-wrong"),
        ("/pictures/2", "picture-awaiting-upload"),
        ("/pictures/3", "must-be-own-upload"),
        ("/pictures/4", "picture-too-large"),
        ("/pictures/5", "must-be-own-upload"),
    ]
    assert circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(10)) == ([], None)


@pytest.mark.parametrize("minutes", [6, 10, 15])
def test_c13_addresses_are_the_same_for_5_minutes_and_end_within_their_lifetime(minutes: int) -> None:
    """So a kicked member's last address, or that of a removed note, ends within 15 minutes."""
    simulation = Simulation()
    lifetime = timedelta(minutes=minutes)
    with overridden(settings, picture_url_lifetime=lifetime):
        for _ in range(40):
            addresses, now = circles.picture_addresses(simulation.circles), simulation.clock()
            assert lifetime - timedelta(minutes=5) < addresses.period.ends_at - now <= lifetime
            assert addresses.period.starts_at.timestamp() % 300 == 0
            assert addresses.period.starts_at <= now
            simulation.clock.advance(seconds=17)


def test_c13_a_picture_and_its_thumbnail_have_addresses_of_their_own() -> None:
    simulation = Simulation()
    addresses, ids = circles.picture_addresses(simulation.circles), ("cir_1", "mei", "pic_1")
    assert "/shown/cir_1/mei/pic_1?" in addresses.url(*ids)
    assert "/thumb/cir_1/mei/pic_1?" in addresses.thumbnail_url(*ids)


def create_upload(simulation: Simulation, circle_id: str, key: IdempotencyKey, size: int = len(PNG)) -> tuple[str, str]:
    """Return the picture id and the object that the form uploads to."""
    picture_id, form = circles.create_upload(simulation.circles, MEI, circle_id, key, PictureType.PNG, size)
    return picture_id, form.fields["key"]


def test_c13_a_retry_of_an_upload_gets_a_form_for_the_same_picture() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    key = new_key(MEI, body={"size": len(PNG)})
    first = create_upload(simulation, circle_id, key)
    assert create_upload(simulation, circle_id, key) == first
    another_size = new_key(MEI, body={"size": 10}, value=key.value)
    assert create_upload(simulation, circle_id, another_size, 10) != first, "another picture: nothing is mixed up"


@pytest.mark.parametrize("first_is_valid", [True, False])
def test_c13_a_second_upload_never_replaces_a_checked_picture(first_is_valid: bool) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    picture_id, object_key = create_upload(simulation, circle_id, new_key(MEI))
    simulation.bucket.files[object_key] = ("image/png", PNG if first_is_valid else b"no picture")
    process_uploads(simulation)
    checked = find_picture_check(simulation.circles_table, circle_id, MEI.user_id, picture_id)
    files = dict(simulation.bucket.files)
    for data in (OTHER_PNG, b"<svg onload=alert(1)>", PNG):
        simulation.bucket.files[object_key] = ("image/png", data)
        process_uploads(simulation)
        assert simulation.bucket.files == files, "nothing is stored, and the upload is deleted"
    assert checked
    assert find_picture_check(simulation.circles_table, circle_id, MEI.user_id, picture_id) == checked


def test_c13_a_second_upload_does_not_replace_a_picture_that_is_being_checked() -> None:
    """Two workers at once: the second upload comes while the first is decoded."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    picture_id, object_key = create_upload(simulation, circle_id, new_key(MEI))

    def clean_slowly(data: bytes, type: str) -> CleanPicture:
        simulation.bucket.files[object_key] = ("image/png", OTHER_PNG)
        circles.process_upload(simulation.circles, object_key, clean)
        assert find_picture_check(simulation.circles_table, circle_id, MEI.user_id, picture_id) is None, "no note can show it"
        return clean(data, type)

    simulation.bucket.files[object_key] = ("image/png", PNG)
    circles.process_upload(simulation.circles, object_key, clean_slowly)
    (picture,) = post_note(simulation, circle_id, MEI, picture_ids=(picture_id,)).content.pictures
    assert (picture.width, picture.height) == (96, 64)
    folder = f"{circle_id}/{MEI.user_id}/{picture_id}"
    assert simulation.bucket.files == {
        f"shown/{folder}": ("image/png", clean(PNG, "image/png").data),
        f"thumb/{folder}": ("image/png", clean(PNG, "image/png").thumb),
    }


def test_c13_a_check_that_crashed_is_completed_by_the_next_notification() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    picture_id, object_key = create_upload(simulation, circle_id, new_key(MEI))
    simulation.bucket.files[object_key] = ("image/png", PNG)

    def crash(data: bytes, type: str) -> CleanPicture:
        raise Lost("the function died")

    with pytest.raises(Lost):
        circles.process_upload(simulation.circles, object_key, crash)
    with pytest.raises(errors.PicturesNotReady):
        post_note(simulation, circle_id, MEI, picture_ids=(picture_id,))
    process_uploads(simulation)
    assert post_note(simulation, circle_id, MEI, picture_ids=(picture_id,)).content.pictures


def test_c13_a_checked_picture_stays_known_for_longer_than_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a retry of the upload could replace it."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    monkeypatch.setattr(settings, "override", CirclesSettings(checked_picture_lifetime=timedelta(hours=1)))
    picture_id = upload(simulation, circle_id, MEI)
    process_uploads(simulation)
    item = simulation.circles_table.get(picture_key(circle_id, MEI.user_id, picture_id)) or {}
    last_upload = simulation.clock() + KEY_LIFETIME + MAX_CLOCK_SKEW + timedelta(hours=1)
    assert item["expires_at"] > last_upload.timestamp()
