"""The pictures of a reported note: copied to the evidence once, kept whatever happens to the note, shown to reviewers only."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from unittest import mock

import pytest

from demo.pictures import dawn
from services.chat import usecases as chat
from services.chat.repository.message_items import message_key
from services.circles import usecases as circles
from services.circles.domain import Note, PictureType, Role
from services.circles.settings import CirclesSettings
from services.circles.settings import settings as circles_settings
from services.review import usecases as review
from services.review.errors import CaseNotFound, ConflictOfInterest, ReadLimitReached, ReviewerNotEnrolled
from services.review.settings import ReviewSettings
from services.review.settings import settings as review_settings
from services.shared.kernel.errors import RateLimitReached
from services.shared.kernel.pages import PageRequest
from services.shared.pictures.checks import picture_key
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportInput
from simulation.settings import overridden
from simulation.setup.applications import enrol_reviewer
from simulation.setup.chat import Lobby
from simulation.setup.circles import create_circle, post_note, set_role
from simulation.setup.events import content_reports
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes
from simulation.users import caller, new_key
from tests.support.imaging import clean
from tests.usecases.chat.test_message_pictures import send, uploaded

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
FRAUD = ReportInput("fraud")
PNG, OTHER_PNG = dawn(), dawn(120, 80)


def circle_of_three(simulation: Simulation, *others: Caller) -> str:
    """Open a circle of Lin with Mei, who can post several pictures, and Hao."""
    circle_id = create_circle(simulation, LIN, MEI, HAO, *others)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    return circle_id


def upload(simulation: Simulation, circle_id: str, data: bytes = PNG) -> tuple[str, str]:
    """Upload and process a picture of Mei; return its id and the name that the form uploads to."""
    key = new_key(MEI, now=simulation.clock.now)
    picture_id, form = circles.create_upload(simulation.circles, MEI, circle_id, key, PictureType.PNG, len(data))
    simulation.bucket.files[form.fields["key"]] = ("image/png", data)
    circles.process_upload(simulation.circles, form.fields["key"], clean)
    return picture_id, form.fields["key"]


def post_pictures(simulation: Simulation, circle_id: str, count: int = 2) -> Note:
    pictures = tuple(upload(simulation, circle_id)[0] for _ in range(count))
    return post_note(simulation, circle_id, MEI, "加我看更多", picture_ids=pictures)


def open_case(simulation: Simulation, service: str = "circles") -> str:
    """Deliver the reports to review, and return the id of the only case."""
    for event in content_reports(simulation, service):
        review.apply_content_reported(simulation.review, event)
    (case,), _ = review.list_cases(simulation.review, enrol_reviewer(simulation, "rui"), PageRequest(20))
    return case.id


def files_of_case(simulation: Simulation, case_id: str) -> list[bytes]:
    """Return what a reviewer downloads."""
    pictures, _ = review.list_case_pictures(simulation.review, enrol_reviewer(simulation, "rui"), case_id)
    names = [picture.url.removeprefix("https://evidence.example/").removesuffix("?for=60") for picture in pictures]
    return [simulation.evidence.files[name][1] for name in names]


def remove_by_author(simulation: Simulation, circle_id: str, note: Note) -> None:
    circles.delete_note(simulation.circles, MEI, circle_id, note.id)


def remove_by_owner(simulation: Simulation, circle_id: str, note: Note) -> None:
    circles.remove_note(simulation.circles, LIN, circle_id, note.id, "公布了巢址。")


def leave(simulation: Simulation, circle_id: str, note: Note) -> None:
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)


def use_the_forms_again(simulation: Simulation, circle_id: str, note: Note) -> None:
    for picture in note.content.pictures:
        object_key = f"raw/{circle_id}/{MEI.user_id}/{picture.id}"
        simulation.bucket.files[object_key] = ("image/png", OTHER_PNG)
        circles.process_upload(simulation.circles, object_key, clean)


def delete_circle(simulation: Simulation, circle_id: str, note: Note) -> None:
    circles.close_circle(simulation.circles, LIN, circle_id, timedelta(days=30))
    simulation.clock.advance(days=31)
    circles.handle_schedule(simulation.circles)
    assert simulation.bucket.files == {}


@pytest.mark.parametrize("ends", [remove_by_author, remove_by_owner, leave, use_the_forms_again, delete_circle])
def test_c27_the_pictures_of_a_reported_note_stay_whatever_happens_to_it(ends: object) -> None:
    simulation = Simulation()
    circle_id = circle_of_three(simulation)
    note = post_pictures(simulation, circle_id)
    circles.report_note(simulation.circles, HAO, circle_id, note.id, FRAUD)
    case_id = open_case(simulation)
    assert callable(ends)
    ends(simulation, circle_id, note)
    handle_all_changes(simulation, "circles")
    assert files_of_case(simulation, case_id) == [clean(PNG, "image/png").data] * 2


def test_c27_a_report_after_the_forms_were_used_again_has_what_members_saw() -> None:
    simulation = Simulation()
    circle_id = circle_of_three(simulation)
    note = post_pictures(simulation, circle_id)
    use_the_forms_again(simulation, circle_id, note)
    circles.report_note(simulation.circles, HAO, circle_id, note.id, FRAUD)
    assert files_of_case(simulation, open_case(simulation)) == [clean(PNG, "image/png").data] * 2


def test_c27_a_form_that_is_used_again_after_the_check_was_lost_replaces_no_picture() -> None:
    simulation = Simulation()
    circle_id = circle_of_three(simulation)
    note = post_pictures(simulation, circle_id)
    shown = {name: file for name, file in simulation.bucket.files.items() if not name.startswith("raw/")}
    for picture in note.content.pictures:
        simulation.circles_table.delete(picture_key(circle_id, MEI.user_id, picture.id), when=None)
    use_the_forms_again(simulation, circle_id, note)
    assert simulation.bucket.files == shown


def test_h12_a_report_that_is_denied_or_repeated_copies_no_pictures(relaxed_rate_limits: None) -> None:
    simulation = Simulation()
    circle_id = circle_of_three(simulation)
    first, second = (post_pictures(simulation, circle_id) for _ in range(2))
    with overridden(circles_settings, report_burst=1):
        circles.report_note(simulation.circles, HAO, circle_id, first.id, FRAUD)
        copied = dict(simulation.evidence.files)
        with pytest.raises(RateLimitReached):
            circles.report_note(simulation.circles, HAO, circle_id, second.id, FRAUD)
        assert simulation.evidence.files == copied
        with mock.patch.object(type(simulation.evidence), "exists", side_effect=AssertionError):
            circles.report_note(simulation.circles, HAO, circle_id, first.id, FRAUD)
        circles.report_note(simulation.circles, LIN, circle_id, second.id, FRAUD)
    assert len(simulation.evidence.files) == 2 * len(copied)


def test_r16_fifty_reports_of_one_note_copy_its_pictures_once(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    reporters = [caller(f"reporter-{number}") for number in range(50)]
    circle_id = circle_of_three(simulation, *reporters)
    note, copies = post_pictures(simulation, circle_id), mock.Mock(wraps=simulation.bucket.copy)
    monkeypatch.setattr(simulation.bucket, "copy", copies)
    for reporter in reporters:
        for _ in range(2):
            circles.report_note(simulation.circles, reporter, circle_id, note.id, FRAUD)
    assert copies.call_count == 2
    simulation.clock.advance(days=40)
    circles.report_note(simulation.circles, LIN, circle_id, note.id, FRAUD)
    assert copies.call_count == 4, "the first copies may expire while the later case is open"


def test_c27_a_report_of_a_note_without_pictures_has_none() -> None:
    simulation = Simulation()
    circle_id = circle_of_three(simulation)
    note = post_note(simulation, circle_id, MEI, "加我看更多")
    circles.report_note(simulation.circles, HAO, circle_id, note.id, FRAUD)
    assert files_of_case(simulation, open_case(simulation)) == []
    assert simulation.evidence.files == {}


def test_c27_only_enrolled_reviewers_without_a_conflict_see_the_pictures_and_each_access_is_recorded() -> None:
    simulation = Simulation()
    circle_id = circle_of_three(simulation)
    note = post_pictures(simulation, circle_id)
    circles.report_note(simulation.circles, HAO, circle_id, note.id, FRAUD)
    case_id = open_case(simulation)
    show = partial(review.list_case_pictures, simulation.review)
    for user in (LIN, MEI, HAO, caller("group-only", "reviewer"), caller("operator", "operator")):
        with pytest.raises(ReviewerNotEnrolled):
            show(user, case_id)
    with pytest.raises(ConflictOfInterest):
        show(enrol_reviewer(simulation, "hao"), case_id)  # who reported it
    with pytest.raises(CaseNotFound):
        show(enrol_reviewer(simulation, "rui"), "cas_01KJY2E1KX7BMZ758QWDX6V9QC")
    show(enrol_reviewer(simulation, "rui"), case_id)
    handle_all_changes(simulation, "review")
    logs = {item["pk"]: item["count"] for item in simulation.memory("review").all_items() if item["sk"] == "ACCESS_LOG"}
    ((reader, count),) = logs.items()
    assert count == 1
    assert any(item["pk"] == f"AUDIT#{reader}|ACCESS_LOG" for item in simulation.memory("review").all_items())


def test_c27_accesses_count_towards_the_limit_per_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_settings, "override", ReviewSettings(max_reads_per_hour=2))
    simulation = Simulation()
    circle_id = circle_of_three(simulation)
    circles.report_note(simulation.circles, HAO, circle_id, post_pictures(simulation, circle_id).id, FRAUD)
    case_id, rui = open_case(simulation), enrol_reviewer(simulation, "rui")
    for _ in range(2):
        review.list_case_pictures(simulation.review, rui, case_id)
    with pytest.raises(ReadLimitReached):
        review.list_case_pictures(simulation.review, rui, case_id)


def test_c13_addresses_of_pictures_live_for_15_minutes_at_most() -> None:
    """A kicked member can use an address that was issued before until it expires, and gets no other one."""
    of_circles, of_review = CirclesSettings.model_fields, ReviewSettings.model_fields
    fields = (of_circles["picture_url_lifetime"], of_circles["download_url_lifetime"], of_review["evidence_url_lifetime"])
    for field in fields:
        assert timedelta(minutes=15) in [getattr(bound, "le", None) for bound in field.metadata]
    assert [field.default for field in fields] == [timedelta(minutes=minutes) for minutes in (10, 1, 1)]


def test_c27_reviewers_load_the_pictures_of_a_reported_message_after_it_is_deleted() -> None:
    room = Lobby()
    message = send(room, *uploaded(room, count=2), text="加我看更多")
    chat.report_message(room.simulation.chat, HAO, room.circle_id, room.id, message.seq, FRAUD)
    case_id = open_case(room.simulation, "chat")
    room.simulation.chat_table.delete(message_key(room.circle_id, room.id, message.seq), when=None)
    handle_all_changes(room.simulation, "chat")
    assert room.simulation.chat_bucket.files == {}
    assert files_of_case(room.simulation, case_id) == [clean(PNG, "image/png").data] * 2
