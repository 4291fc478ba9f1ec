"""An app's screen is one or two calls, and neither calls nor table requests grow with the entries that it shows."""

from __future__ import annotations

import pytest

from bench.screens import PAGE, PAGE_FILE, SCREENS, Screen, measure, row

BY_A_LINK = "note with comments, opened by a link"  # two of its three calls are sent at the same time


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_one_or_two_calls(screen: Screen) -> None:
    assert len(screen.calls) <= (3 if screen.name == BY_A_LINK else 2)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_no_screen_needs_a_table_request_per_entry(screen: Screen) -> None:
    few, many = (next(measured for measured in measure(n) if measured.screen is screen) for n in (5, PAGE))
    assert many.requests == few.requests


def test_the_measured_lists_are_full() -> None:
    lists = {measured.screen.name for measured in measure() if measured.items}
    assert all(measured.items >= 12 for measured in measure() if measured.items)
    assert {screen.name for screen in SCREENS} - lists == {
        "me",
        "page of a circle",
        "listing",
        "order",
        "desk of a seller",
        "desk of an owner",
        "application, as its applicant",
        "application, as a reviewer",
    }


def test_the_page_of_screens_has_these_figures() -> None:
    lines = PAGE_FILE.read_text(encoding="utf-8").splitlines()
    written = {cells[0]: cells[1:] for line in lines if (cells := [cell.strip() for cell in line.strip("|").split("|")])}
    for measured in measure():
        name, *expected = row(measured)
        *exact, size, compressed = written[name]
        assert exact == expected[:-2], name
        for was, now in ((size, measured.size), (compressed, measured.compressed)):
            assert int(was.replace(",", "")) == pytest.approx(now, rel=0.1), "run: .venv/bin/python -m bench.screens"
