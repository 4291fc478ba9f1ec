"""A6: the services write the archive of an account, however their work is interrupted."""

from __future__ import annotations

from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.repository import export_lines as chat_lines
from services.circles import usecases as circles
from services.circles.domain.export import ExportState
from services.circles.repository import export_lines as circles_lines
from services.circles.settings import settings
from services.commerce import usecases as commerce
from services.commerce.repository import export_lines as commerce_lines
from services.review import usecases as review
from services.review.repository import export_lines as review_lines
from services.shared.exports.format import Line
from services.shared.messaging.events import MessagesExported, PartsExportedData
from simulation.setup.events import envelope
from simulation.streams import deliver
from tests.kill.actions import MEI
from tests.support.filled_accounts import FilledAccounts
from tests.support.filled_circle import as_text

UNKNOWN = "exp_00000000000000000000000000"


@pytest.fixture
def filled() -> FilledAccounts:
    return FilledAccounts()


def test_a6_an_archive_says_what_is_missing_if_a_service_writes_nothing(filled: FilledAccounts) -> None:
    export = filled.request_account_export(MEI)
    ports = filled.simulation.circles
    for _ in range(3):
        circles.handle_schedule(ports)
        for name, use_cases in (("chat", chat), ("commerce", commerce)):
            use_cases.handle_jobs(filled.simulation.ports(name))
        filled.driver.run()
    waiting = circles.get_account_export(ports, MEI, export.id)
    assert (waiting.state, waiting.waiting_for, waiting.percent) == (ExportState.RUNNING, ("review",), 99)
    filled.driver.clock.now += settings().max_export_time
    circles.handle_schedule(ports)
    ready = circles.get_account_export(ports, MEI, export.id)
    assert (ready.state, ready.waiting_for, ready.missing) == (ExportState.READY, (), ("review",))
    lines = filled.lines_of_account(MEI, export.id)
    assert {line["service"] for line in lines} == {"circles", "chat", "commerce"}
    review.handle_jobs(filled.simulation.review)
    filled.driver.run()
    assert circles.get_account_export(ports, MEI, export.id) == ready, "a part that comes later changes nothing"


def test_a6_parts_that_come_twice_or_of_an_unknown_export_change_nothing(filled: FilledAccounts) -> None:
    export = filled.request_account_export(MEI)
    filled.run_schedules()
    ready = circles.get_account_export(filled.simulation.circles, MEI, export.id)
    for export_id in (export.id, UNKNOWN):
        data = PartsExportedData(export_id=export_id, circle_id="", user_id=MEI.user_id, parts=[])
        event = MessagesExported(**envelope(filled.simulation, export_id), data=data)
        deliver(filled.simulation, "circles", event)
    assert circles.get_account_export(filled.simulation.circles, MEI, export.id) == ready


def test_a6_percent_grows_with_the_circles_that_are_written(filled: FilledAccounts) -> None:
    export, seen = filled.request_account_export(MEI), [0]
    while seen[-1] < 99:
        circles.handle_schedule(filled.simulation.circles, _one_step())
        seen.append(circles.get_account_export(filled.simulation.circles, MEI, export.id).percent)
    assert seen == sorted(seen)
    assert 50 in seen


def _one_step() -> Any:
    step = iter([True])
    return lambda: next(step, False)


def test_a6_workers_that_stop_after_each_page_write_the_same_archive(
    filled: FilledAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _sorted(filled.export_account(MEI))
    monkeypatch.setattr(chat_lines, "MESSAGES_PER_QUERY", 1)
    monkeypatch.setattr(chat_lines, "QUERIES_PER_PAGE", 1)
    monkeypatch.setattr(commerce_lines, "ITEMS_PER_PAGE", 1)
    monkeypatch.setattr(review_lines, "REPORTS_PER_PAGE", 1)
    monkeypatch.setattr(review_lines, "APPLICATIONS_PER_PAGE", 1)
    monkeypatch.setattr(circles_lines, "PASSCODES_PER_PAGE", 1)
    monkeypatch.setattr(circles_lines, "ITEMS_PER_PAGE", 1)
    export, runs = filled.request_account_export(MEI), 0
    while circles.get_account_export(filled.simulation.circles, MEI, export.id).state is ExportState.RUNNING:
        runs += 1
        circles.handle_schedule(filled.simulation.circles, _one_step())
        for name, use_cases in (("chat", chat), ("commerce", commerce), ("review", review)):
            use_cases.handle_jobs(filled.simulation.ports(name), _one_step())
        filled.driver.run()
    assert runs > 10
    assert _sorted(filled.lines_of_account(MEI, export.id)) == whole


def test_a6_two_workers_at_once_write_the_same_archive(filled: FilledAccounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second worker of each service runs whenever a first one has put a file and has not saved its progress."""
    whole, puts, bucket = _sorted(filled.export_account(MEI)), [], filled.driver.exports
    put = bucket.put

    def put_and_meet(object_key: str, type: str, data: bytes) -> None:
        put(object_key, type, data)
        puts.append(object_key)
        if len(puts) % 2:
            circles.handle_schedule(filled.simulation.circles, _one_step())
            for use_cases in (chat, commerce, review):
                use_cases.handle_jobs(filled.simulation.ports(use_cases.__name__.split(".")[1]), _one_step())

    monkeypatch.setattr(bucket, "put", put_and_meet)
    export = filled.request_account_export(MEI)
    filled.run_schedules(6)
    assert len(puts) > len(circles.get_account_export(filled.simulation.circles, MEI, export.id).parts) + 1
    assert _sorted(filled.lines_of_account(MEI, export.id)) == whole


def _sorted(lines: list[Line]) -> list[str]:
    return sorted(map(as_text, lines))
