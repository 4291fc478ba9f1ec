"""A4: the page of a circle is reported with evidence, reset by a take-down, and brought back by its end."""

from __future__ import annotations

from contextlib import suppress
from itertools import permutations
from typing import Any
from unittest import mock

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.repository.circles import load_circle
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.faults import Lost
from simulation.setup.events import content_reports, take_down_changed
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver
from simulation.users import caller
from tests.usecases.circles.test_circle_page import HAO, LIN, MEI, circle_of_four, page_of, upload

SPAM, ABOUT = ReportInput("spam"), "加我看更多"


class Page:
    """A circle of Lin, with a description and a cover of Mei, its co-owner."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.ports = self.simulation.circles
        self.circle_id = circle_of_four(self.simulation)
        self.cover = upload(self.simulation, self.circle_id, MEI)
        self.update(description=ABOUT, cover=self.cover)

    @property
    def revision(self) -> int:
        return load_circle(self.simulation.circles_table, self.circle_id).entity.page.revision

    def update(self, **changes: Any) -> None:
        request = change(self.revision, new_id("key"))
        circles.update_circle(self.ports, MEI, self.circle_id, request, changes)

    def apply(self, **how: Any) -> None:
        self.simulation.clock.advance(seconds=1)
        event = take_down_changed(self.simulation, "circles", "circle_page", self.circle_id, self.circle_id, **how)
        deliver(self.simulation, "circles", event)

    def end(self, **how: Any) -> None:
        self.apply(is_active=False, **how)

    def shown(self) -> tuple[str, str | None]:
        page = page_of(self.simulation, self.circle_id)
        (listed,) = circles.list_circles(self.ports, HAO, PageRequest(5)).items
        cover = listed.circle.page.cover
        assert (cover.picture.id if cover else None) == (page.cover.id if page.cover else None)
        return page.description, page.cover.id if page.cover else None

    def files(self) -> int:
        return sum(name.startswith(("shown/", "thumb/")) for name in self.simulation.bucket.files)


def test_a4_a_page_that_is_down_has_neither_description_nor_cover_and_is_back() -> None:
    page = Page()
    assert (page.shown(), page.files()) == ((ABOUT, page.cover), 2)
    name = page_of(page.simulation, page.circle_id).name
    page.apply(violation="spam")
    assert (page.shown(), page.files()) == (("", None), 0)
    assert page_of(page.simulation, page.circle_id).name == name, "the name is review's"
    for by, code in ((LIN, Violation.SPAM), (MEI, Violation.SPAM), (HAO, None)):
        violation = page_of(page.simulation, page.circle_id, by).violation
        assert (violation.code if violation else None) == code, "who can edit the page reads why"
    page.end()
    assert (page.shown(), page.files()) == ((ABOUT, page.cover), 2)
    assert page_of(page.simulation, page.circle_id, LIN).violation is None


def test_a4_a_stale_edit_and_the_same_cover_bring_nothing_back() -> None:
    page = Page()
    stale = change(page.revision, "stale")
    page.apply()
    with pytest.raises(PreconditionFailed):
        circles.update_circle(page.ports, MEI, page.circle_id, stale, {"description": ABOUT})
    with pytest.raises(errors.PicturesInvalid):
        page.update(cover=page.cover)
    assert page.shown() == ("", None)


def test_a4_what_was_written_since_stays_after_the_end() -> None:
    page = Page()
    page.apply()
    page.update(description="只聊城市里的野鸟")
    assert page.shown() == ("只聊城市里的野鸟", None)
    page.end()
    assert page.shown() == ("只聊城市里的野鸟", page.cover)
    page = Page()
    page.apply()
    other = upload(page.simulation, page.circle_id, LIN)
    circles.update_circle(page.ports, LIN, page.circle_id, change(page.revision, "new"), {"cover": other})
    page.end()
    assert (page.shown(), page.files()) == ((ABOUT, other), 2)


@pytest.mark.parametrize("order", [*permutations((1, 2, 3)), (2, 1, 1, 3, 2)])
def test_a4_events_of_a_case_give_one_page_repeated_late_and_in_any_order(order: tuple[int, ...]) -> None:
    page = Page()
    for version in order:
        page.apply(is_active=version != 2, version=version)
    assert (page.shown(), page.files()) == (("", None), 0)
    page.end(version=4)
    assert (page.shown(), page.files()) == ((ABOUT, page.cover), 2)


def test_a4_a_page_is_down_until_all_of_its_cases_have_ended() -> None:
    page, cases = Page(), [new_id("cas") for _ in range(3)]
    for case_id in cases:
        page.apply(case_id=case_id)
    for case_id in cases:
        assert page.shown() == ("", None)
        page.end(case_id=case_id)
    assert page.shown() == (ABOUT, page.cover)


@pytest.mark.parametrize("method", ["copy", "delete", "exists"])
def test_a4_a_repeat_moves_the_files_that_a_crash_left(method: str) -> None:
    page, version = Page(), 1
    for is_active, shown, files in ((True, ("", None), 0), (False, (ABOUT, page.cover), 2)):
        with mock.patch.object(page.simulation.bucket, method, side_effect=Lost), suppress(Lost):
            page.apply(is_active=is_active, version=version)
        page.apply(is_active=is_active, version=version)
        assert (page.shown(), page.files()) == (shown, files)
        version += 1


def test_a4_a_report_has_the_page_as_evidence_once_per_revision() -> None:
    page = Page()
    for _ in range(2):
        circles.report_circle(page.ports, HAO, page.circle_id, SPAM)
    (event,) = content_reports(page.simulation, "circles")
    data = event.data
    assert (data.kind, data.subject_id, data.author_id) == ("circle_page", page.circle_id, LIN.user_id)
    assert (data.evidence["description"], data.evidence["pictures"]) == (ABOUT, [page.cover])
    page.update(description="只聊野鸟", cover="")
    circles.report_circle(page.ports, HAO, page.circle_id, SPAM)
    assert content_reports(page.simulation, "circles")[-1].data.revision == data.revision + 1
    page.apply()
    assert f"{data.evidence['picture_folder']}/{page.cover}" in page.simulation.evidence.files
    with pytest.raises(errors.CircleNotFound):
        circles.report_circle(page.ports, caller("stranger"), page.circle_id, SPAM)


def test_a4_a_case_about_a_dormant_circle_takes_no_page_down() -> None:
    page = Page()
    deliver(page.simulation, "circles", take_down_changed(page.simulation, "circles", "circle", page.circle_id, page.circle_id))
    assert page.shown() == (ABOUT, page.cover)


def test_a4_an_event_of_a_circle_that_does_not_exist_creates_nothing() -> None:
    simulation, circle_id = Simulation(), new_id("cir")
    deliver(simulation, "circles", take_down_changed(simulation, "circles", "circle_page", circle_id, circle_id))
    assert simulation.memory("circles").all_items() == []
