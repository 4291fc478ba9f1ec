"""A4: one picture of a note is reported with evidence, hidden by a take-down while the note stays, and back by its end."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Note
from services.circles.domain.export import Export, ExportKind, Phase
from services.circles.repository.export_lines import get_export_page
from services.circles.schemas import NoteResponse
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.setup.circles import create_circle, post_note
from simulation.setup.events import content_reports, take_down_changed
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_all_changes, handle_new_changes
from simulation.users import caller
from tests.usecases.circles.test_pictures import process_uploads, upload

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
SPAM, PAGE = ReportInput("spam"), PageRequest(20)


class Album:
    """A pinned and highlighted note of Lin with two pictures, in a circle with Mei and Hao."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.ports = self.simulation.circles
        self.circle_id = create_circle(self.simulation, LIN, MEI, HAO)
        self.first, self.second = (upload(self.simulation, self.circle_id, LIN) for _ in range(2))
        process_uploads(self.simulation)
        self.note = post_note(self.simulation, self.circle_id, LIN, picture_ids=(self.first, self.second))
        circles.pin_note(self.ports, LIN, self.circle_id, self.note.id)
        circles.highlight_note(self.ports, LIN, self.circle_id, self.note.id)
        handle_new_changes(self.simulation, "circles")

    def apply(self, picture_id: str = "", **how: Any) -> None:
        self.simulation.clock.advance(seconds=1)
        subject = f"{self.note.id}/{picture_id or self.first}"
        event = take_down_changed(self.simulation, "circles", "picture", subject, self.circle_id, **how)
        deliver(self.simulation, "circles", event)
        handle_new_changes(self.simulation, "circles")

    def end(self, picture_id: str = "", **how: Any) -> None:
        self.apply(picture_id, is_active=False, **how)

    def response(self, by: Caller) -> NoteResponse:
        view = circles.get_note(self.ports, by, self.circle_id, self.note.id)
        return NoteResponse.of(view, circles.picture_addresses(self.ports), full=True)

    def shown(self, by: Caller = MEI) -> list[str]:
        """Return the pictures of the note, which each place shows alike."""
        lists = (
            circles.list_notes(self.ports, by, self.circle_id, PAGE),
            circles.list_pins(self.ports, by, self.circle_id),
            circles.list_highlights(self.ports, by, self.circle_id, "", PAGE),
        )
        addresses = circles.picture_addresses(self.ports)
        found = [[p.id for p in NoteResponse.of(page.items[0], addresses).pictures] for page in lists]
        shown = [picture.id for picture in self.response(by).pictures]
        assert found == [shown] * 3
        return shown

    def files(self) -> set[str]:
        return {name.rpartition("/")[2] for name in self.simulation.bucket.files if name.startswith(("shown/", "thumb/"))}

    def exported(self, by: Caller, kind: ExportKind) -> tuple[list[str], list[str]]:
        """Return the pictures that the note's line names, and those whose files are copied."""
        at = self.simulation.clock.now
        export = Export(new_id("exp"), self.circle_id, by.user_id, kind, at, at, 1, phase=Phase.NOTES)
        page = get_export_page(self.simulation.circles_table, export)
        named = [picture["id"] for line in page.lines if line["kind"] == "note" for picture in line["pictures"]]
        return named, [picture_id for _, _, picture_id in page.pictures]

    def stored(self) -> Note:
        return circles.get_note(self.ports, LIN, self.circle_id, self.note.id).note


def test_a4_one_picture_is_hidden_and_the_note_stays_with_the_others() -> None:
    album = Album()
    both = [album.first, album.second]
    assert (album.shown(), album.files()) == (both, set(both))
    album.apply(violation="sexual_content")
    for by in (LIN, MEI, HAO):
        assert album.shown(by) == [album.second]
    assert album.files() == {album.second}
    assert album.response(MEI).hidden_pictures == []
    (hidden,) = album.response(LIN).hidden_pictures
    assert (hidden.picture_id, hidden.violation.code) == (album.first, Violation.SEXUAL_CONTENT)
    assert (album.response(MEI).text, album.response(MEI).violation) == (album.note.content.text, None)
    album.end()
    assert (album.shown(), album.files(), album.response(LIN).hidden_pictures) == (both, set(both), [])


def test_a4_an_edit_and_the_other_picture_do_not_bring_it_back() -> None:
    album = Album()
    album.apply()
    request = change(album.stored().version, "edit")
    circles.update_note(album.ports, LIN, album.circle_id, album.note.id, request, "改过的", ())
    handle_new_changes(album.simulation, "circles")
    (revision,) = circles.list_revisions(album.ports, LIN, album.circle_id, album.note.id, PAGE).items
    assert [picture.id for picture in revision.content.pictures] == [album.second]
    album.apply(album.second, case_id=new_id("cas"))
    assert (album.shown(), album.files()) == ([], set())
    album.end()
    assert (album.shown(), album.files()) == ([album.first], {album.first})


def test_a4_a_picture_stays_hidden_when_the_take_down_of_its_note_ends() -> None:
    album = Album()
    album.apply()
    case_id = new_id("cas")
    for is_active, files in ((True, set()), (False, {album.second})):
        album.simulation.clock.advance(seconds=1)
        about: dict[str, Any] = {"is_active": is_active, "case_id": case_id}
        deliver(
            album.simulation,
            "circles",
            take_down_changed(album.simulation, "circles", "note", album.note.id, album.circle_id, **about),
        )
        handle_new_changes(album.simulation, "circles")
        assert album.files() == files
    assert album.shown() == [album.second]


@pytest.mark.parametrize("order", [*permutations((1, 2, 3)), (2, 1, 1, 3, 2)])
def test_a4_events_of_a_case_give_one_picture_repeated_late_and_in_any_order(order: tuple[int, ...]) -> None:
    album = Album()
    for version in order:
        album.apply(is_active=version != 2, version=version)
    handle_all_changes(album.simulation, "circles")
    assert (album.shown(), album.files()) == ([album.second], {album.second})
    album.end(version=4)
    assert (album.shown(), len(album.files())) == ([album.first, album.second], 2)


def test_a4_an_export_of_the_circle_leaves_the_picture_out_and_an_own_export_names_it() -> None:
    album = Album()
    album.apply()
    assert album.exported(LIN, ExportKind.CIRCLE) == ([album.second], [album.second])
    assert album.exported(LIN, ExportKind.OWN) == ([album.first, album.second], [album.second])


def test_a4_a_report_of_one_picture_has_it_alone_as_evidence() -> None:
    album = Album()
    report = (album.ports, MEI, album.circle_id, album.note.id, SPAM)
    for _ in range(2):
        circles.report_note(*report, album.first)
    circles.report_note(*report)
    pictures, notes = content_reports(album.simulation, "circles")
    assert (pictures.data.kind, pictures.data.subject_id) == ("picture", f"{album.note.id}/{album.first}")
    assert (notes.data.kind, notes.data.evidence["pictures"]) == ("note", [album.first, album.second])
    assert pictures.data.evidence["pictures"] == [album.first]
    for data in (pictures.data, notes.data):
        names = {f"{data.evidence['picture_folder']}/{picture_id}" for picture_id in data.evidence["pictures"]}
        assert names <= album.simulation.evidence.files.keys()
    album.apply()
    for picture_id in (album.first, new_id("pic")):
        with pytest.raises(errors.PictureNotFound):
            circles.report_note(*report, picture_id)


@pytest.mark.parametrize("subject", [f"{new_id('note')}/{new_id('pic')}", ""], ids=["unknown", "empty"])
def test_a4_an_event_of_a_picture_that_does_not_exist_changes_nothing(subject: str) -> None:
    album = Album()
    before = album.simulation.memory("circles").all_items()
    subject = subject or f"{album.note.id}/{new_id('pic')}"
    event = take_down_changed(album.simulation, "circles", "picture", subject, album.circle_id)
    deliver(album.simulation, "circles", event)
    assert album.simulation.memory("circles").all_items() == before
