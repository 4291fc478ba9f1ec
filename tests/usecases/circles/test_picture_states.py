"""The state of an uploaded picture, as its author asks for it and as a note gets it."""

from __future__ import annotations

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import PictureUpload, UploadState
from services.circles.schemas import UploadedPictureResponse
from services.circles.settings import settings
from services.shared.http.catalogue import FIELDS
from services.shared.kernel.ids import KEY_LIFETIME, new_id
from services.shared.pictures.checks import acquire_picture, find_picture_check, picture_key
from services.shared.pictures.clean import CleanPicture, PictureInvalid
from services.shared.pictures.upload import FLAWS, MAX_TRIES
from services.shared.table.items import Item, Key
from simulation.faults import Lost
from simulation.setup.circles import create_circle, post_note
from simulation.simulation import Simulation
from simulation.users import caller
from tests.support.imaging import clean
from tests.usecases.circles.test_pictures import HAO, LIN, MEI, process_uploads, upload

YAN = caller("yan")


def state_of(simulation: Simulation, circle_id: str, picture_id: str) -> PictureUpload:
    return circles.get_picture(simulation.circles, MEI, circle_id, picture_id)


def fields_of_note(simulation: Simulation, circle_id: str, *picture_ids: str) -> list[tuple[str, str]]:
    """Return what is wrong with the pictures of a note."""
    with pytest.raises((errors.PicturesInvalid, errors.PicturesNotReady)) as error:
        post_note(simulation, circle_id, MEI, picture_ids=picture_ids)
    return [(field.at, field.code) for field in error.value.fields]


def test_c13_a_picture_is_awaited_processed_and_ready() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    picture_id = upload(simulation, circle_id, MEI)
    (object_key,) = simulation.bucket.files
    file = simulation.bucket.files.pop(object_key)
    assert state_of(simulation, circle_id, picture_id).state == UploadState.AWAITING_UPLOAD
    assert fields_of_note(simulation, circle_id, picture_id) == [("/pictures/0", "picture-awaiting-upload")]
    simulation.bucket.files[object_key] = file
    assert state_of(simulation, circle_id, picture_id).state == UploadState.PROCESSING
    assert fields_of_note(simulation, circle_id, picture_id) == [("/pictures/0", "picture-processing")]
    process_uploads(simulation)
    ready = state_of(simulation, circle_id, picture_id)
    assert (ready.state, ready.picture and ready.picture.width, ready.reason) == (UploadState.READY, 96, "")
    assert post_note(simulation, circle_id, MEI, picture_ids=(picture_id,)).content.pictures


@pytest.mark.parametrize("flaw", FLAWS)
def test_c13_a_rejected_picture_has_a_reason_in_both_languages_and_the_note_has_it_too(flaw: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    picture_id = upload(simulation, circle_id, MEI)

    def reject(data: bytes, type: str) -> CleanPicture:
        raise PictureInvalid(flaw)

    (object_key,) = simulation.bucket.files
    circles.process_upload(simulation.circles, object_key, reject)
    state, addresses = state_of(simulation, circle_id, picture_id), circles.picture_addresses(simulation.circles)
    response = UploadedPictureResponse.of(state, circle_id, MEI.user_id, addresses)
    assert (response.state, response.picture) == (UploadState.REJECTED, None)
    assert response.reason
    assert (response.reason.en, response.reason.zh_cn) == (FIELDS[FLAWS[flaw]].en, FIELDS[FLAWS[flaw]].zh)
    assert fields_of_note(simulation, circle_id, picture_id) == [("/pictures/0", FLAWS[flaw])]
    assert simulation.bucket.files == {}, "the upload is deleted"


def test_c13_an_upload_that_never_arrives_expires_with_its_key() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    picture_id = upload(simulation, circle_id, MEI)
    simulation.bucket.files.clear()
    simulation.clock.advance(seconds=(KEY_LIFETIME + settings().upload_lifetime).total_seconds() - 1)
    assert state_of(simulation, circle_id, picture_id).state == UploadState.AWAITING_UPLOAD, "a retry gets another form"
    simulation.clock.advance(seconds=2)
    expired = state_of(simulation, circle_id, picture_id)
    assert (expired.state, expired.reason) == (UploadState.EXPIRED, "picture-expired")
    assert fields_of_note(simulation, circle_id, picture_id) == [("/pictures/0", "picture-expired")]


def test_c13_unknown_pictures_and_those_of_other_users_have_one_response() -> None:
    simulation = Simulation()
    circle_id, other_circle = create_circle(simulation, LIN, MEI, HAO), create_circle(simulation, YAN, MEI)
    awaited, ready = upload(simulation, circle_id, HAO), upload(simulation, circle_id, HAO)
    elsewhere = upload(simulation, other_circle, MEI)
    simulation.bucket.files.pop(next(key for key in simulation.bucket.files if key.endswith(awaited)))
    process_uploads(simulation)
    for picture_id in (awaited, ready, elsewhere, new_id("pic")):
        with pytest.raises(errors.PictureNotFound):
            state_of(simulation, circle_id, picture_id)
        assert fields_of_note(simulation, circle_id, picture_id) == [("/pictures/0", "must-be-own-upload")]
    with pytest.raises(errors.CircleNotFound):
        circles.get_picture(simulation.circles, caller("stranger"), circle_id, ready)


def test_c13_a_note_names_each_picture_that_it_cannot_have() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, MEI, HAO)
    good, broken = upload(simulation, circle_id, MEI), upload(simulation, circle_id, MEI, b"no picture")
    process_uploads(simulation)
    waiting = upload(simulation, circle_id, MEI)
    assert fields_of_note(simulation, circle_id, good, broken, waiting) == [("/pictures/1", "picture-type-wrong")]
    assert fields_of_note(simulation, circle_id, good, waiting) == [("/pictures/1", "picture-processing")]


def test_c13_an_upload_that_crashes_the_worker_is_rejected_after_its_tries() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    picture_id = upload(simulation, circle_id, MEI)
    (object_key,) = simulation.bucket.files
    tries = []

    def crash(data: bytes, type: str) -> CleanPicture:
        tries.append(data)
        raise Lost("the function died")

    for _ in range(MAX_TRIES):
        with pytest.raises(Lost):
            circles.process_upload(simulation.circles, object_key, crash)
        simulation.clock.advance(minutes=6)
        assert state_of(simulation, circle_id, picture_id).state == UploadState.PROCESSING
    assert circles.process_upload(simulation.circles, object_key, crash) == 0
    assert (len(tries), state_of(simulation, circle_id, picture_id).reason) == (MAX_TRIES, "picture-not-processed")
    assert simulation.bucket.files == {}


def test_c13_the_first_result_of_two_workers_stays() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    picture_id = upload(simulation, circle_id, MEI)
    (object_key,) = simulation.bucket.files

    def clean_while_others_give_up(data: bytes, type: str) -> CleanPicture:
        for _ in range(MAX_TRIES):
            circles.process_upload(
                simulation.circles, object_key, lambda *_: (_ for _ in ()).throw(PictureInvalid("wrong_type"))
            )
        return clean(data, type)

    circles.process_upload(simulation.circles, object_key, clean_while_others_give_up)
    assert state_of(simulation, circle_id, picture_id).reason == "picture-type-wrong"


def test_c13_a_result_that_an_eventually_consistent_read_misses_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker stores its result and then deletes the file. A read between both must not find neither."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    picture_id = upload(simulation, circle_id, MEI)
    process_uploads(simulation)
    key, get = picture_key(circle_id, MEI.user_id, picture_id), simulation.circles_table.get

    def get_late(asked: Key, *, consistent_read: bool = False) -> Item | None:
        return get(asked, consistent_read=consistent_read) if consistent_read or asked != key else None

    monkeypatch.setattr(simulation.circles_table, "get", get_late)
    assert state_of(simulation, circle_id, picture_id).state == UploadState.READY


def test_c13_a_check_counts_its_tries_and_belongs_to_one_upload() -> None:
    simulation = Simulation()
    ids, now = ("cir_1", "mei", "pic_1"), simulation.clock()
    table = simulation.circles_table
    assert [acquire_picture(table, *ids, upload, now, settings()) for upload in ("a", "a", "b", "a")] == [1, 2, 0, 3]
    assert find_picture_check(table, *ids) is None
