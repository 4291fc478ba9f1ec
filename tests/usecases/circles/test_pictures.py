"""Pictures: uploaded, processed by the worker, attached to notes, and downloaded by members."""

from __future__ import annotations

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.adapters.imaging import clean
from services.circles.domain import PictureType
from services.shared.kernel.ids import new_id
from services.shared.security.auth import Caller
from simulation.setup.circles import create_circle, post_note
from simulation.simulation import Simulation
from simulation.users import caller

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
PNG = dawn()


def upload(simulation: Simulation, circle_id: str, caller: Caller, data: bytes = PNG, type: str = "image/png") -> str:
    """Upload a picture and return its id. It is not processed yet."""
    picture_id, form = circles.create_upload(simulation.circles, caller, circle_id, PictureType.PNG, len(data))
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
    assert [(field.at, field.message) for field in error.value.fields] == [
        ("/pictures/1", "must be a complete picture of its declared type"),
        ("/pictures/2", "must be a picture that you uploaded to this circle"),
        ("/pictures/3", "must be a picture that you uploaded to this circle"),
        ("/pictures/4", "must be at most 8 MB"),
        ("/pictures/5", "must be a picture that you uploaded to this circle"),
    ]
    assert circles.list_notes(simulation.circles, MEI, circle_id, 10, None) == ([], None)


def test_c13_members_get_picture_urls_valid_for_a_minute() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    picture = upload(simulation, circle_id, MEI)
    process_uploads(simulation)
    note = post_note(simulation, circle_id, MEI, picture_ids=(picture,))
    url = circles.get_picture_url(simulation.circles, HAO, circle_id, note.id, 0)
    assert ("/shown/" in url, url.endswith("for=60")) == (True, True)
    assert "/thumb/" in circles.get_picture_url(simulation.circles, HAO, circle_id, note.id, 0, thumb=True)
    with pytest.raises(errors.PictureNotFound):
        circles.get_picture_url(simulation.circles, HAO, circle_id, note.id, 1)
    with pytest.raises(errors.CircleNotFound):
        circles.get_picture_url(simulation.circles, caller("stranger"), circle_id, note.id, 0)
