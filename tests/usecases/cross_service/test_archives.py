"""C26: the personal archive of a user in a circle has what is theirs from all services, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.repository import export_lines as chat_lines
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, SanctionKind
from services.circles.domain.export import ExportKind, ExportState
from services.circles.repository import export_lines as circles_lines
from services.circles.settings import settings
from services.commerce import usecases as commerce
from services.commerce.repository import export_lines as commerce_lines
from services.review.repository import export_lines as review_lines
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from simulation.meter import MeteredTable
from simulation.setup.circles import get_member, impose_sanction
from simulation.users import caller, new_key
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, NEW, ROOM, YAN
from tests.support.archives import EXCLUDED, OF_ACCOUNT, is_line_of, items_naming
from tests.support.filled_circle import MEMBERS, NAMES, FilledCircle, as_text

ROOT = Path(__file__).parents[3]
EXPORTED = {
    "circles": circles_lines.EXPORTED,
    "chat": chat_lines.EXPORTED,
    "commerce": commerce_lines.EXPORTED,
    "review": review_lines.EXPORTED,
}


@pytest.fixture
def filled() -> FilledCircle:
    return FilledCircle()


@pytest.mark.parametrize("user", MEMBERS, ids=lambda user: NAMES[user.user_id])
def test_c26_every_item_of_a_user_in_any_table_is_in_the_archive_or_excluded_with_a_reason(
    filled: FilledCircle, user: Caller
) -> None:
    lines = filled.export(user)
    missing = [
        (kind, item)
        for kind, item in items_naming(filled, user)
        if kind not in EXCLUDED and not any(is_line_of(line, kind[0], item) for line in lines)
    ]
    assert missing == []


def test_c26_every_exclusion_is_of_items_that_exist(filled: FilledCircle) -> None:
    for user in MEMBERS:
        filled.export(user)
    assert {kind for user in MEMBERS for kind, _ in items_naming(filled, user)} >= EXCLUDED.keys()


@pytest.mark.parametrize("user", MEMBERS, ids=lambda user: NAMES[user.user_id])
def test_c26_every_text_that_a_user_wrote_is_in_the_archive_and_no_other(filled: FilledCircle, user: Caller) -> None:
    lines = filled.export(user)
    own, archive = f"{NAMES[user.user_id]}: ", as_text(lines)
    written = set(re.findall(rf'"{own}([^"]*)"', as_text([item for _, item in filled.items()])))
    of_circle = {"teaser", "rules", "question"}  # texts of the circle: their author is not stored
    assert "recalled message" in written
    assert set(re.findall(rf'"{own}([^"]*)"', archive)) == written - of_circle - {"recalled message"}, (
        "a recalled text is stored for moderators alone"
    )
    others = [line for line in lines if any(f"{name}: " in as_text(line) for name in NAMES.values() if f"{name}: " != own)]
    assert {line["kind"] for line in others} == {"order"}, "what was bought, which buyer and seller agreed to"
    named = [line for line in lines if any(other in as_text(line) for other in NAMES if other != user.user_id)]
    assert {line["kind"] for line in named} == {"blocks"}


def test_c26_the_archive_has_each_kind_of_line_from_each_service(filled: FilledCircle) -> None:
    kinds = {(line["service"], line["kind"]) for user in MEMBERS for line in filled.export(user)}
    expected = {(service, kind) for service, exported in EXPORTED.items() for kind in exported}
    absent = {("review", "application_revision"), ("circles", "circle")}  # it was not edited; only the circle's export has it
    absent.add(("review", "take_down"))  # tests/usecases/review/test_take_down_exports.py
    assert kinds == expected - absent - OF_ACCOUNT


def test_c26_an_archive_has_the_avatar_and_the_pictures_of_notes_and_drafts(filled: FilledCircle) -> None:
    export = filled.request_export(MEI)
    filled.run_schedules()
    names = [name for name in filled.files() if name.startswith(f"circles/{CIRCLE}/{export.id}/pictures/")]
    assert [filled.files()[name].partition(": ")[0] for name in names] == ["mei", "mei", "mei"]
    for name in names:
        circles.get_exported_picture_url(filled.simulation.circles, MEI, CIRCLE, export.id, name.rpartition("/")[2])


def test_c26_an_unlisted_attribute_or_item_of_any_service_is_not_exported(filled: FilledCircle) -> None:
    for service in EXPORTED:
        table = filled.driver.tables[service]
        for item in table.all_items():
            table.update(Key.of(item), set={"unlisted": "secret"}, when=None)
    lines = filled.export(MEI)
    assert "secret" not in as_text(lines)
    assert [line for line in lines if not line.keys() - {"service", "kind"} <= {*EXPORTED[line["service"]][line["kind"]]}] == []


def test_c26_the_documented_lines_are_the_exported_ones() -> None:
    text = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE)
    documented: dict[str, dict[str, tuple[str, ...]]] = {service: {} for service in EXPORTED}
    for service, kind, attributes in rows:
        documented[service][kind] = tuple(re.findall(r"`(\w+)`", attributes))
    assert documented == EXPORTED


# Who can export


def leave(filled: FilledCircle) -> None:
    circles.leave_circle(filled.simulation.circles, YAN, CIRCLE)


def impose(kind: SanctionKind) -> Any:
    return lambda filled: impose_sanction(filled.simulation, LIN, CIRCLE, YAN, kind)


def leave_and_be_banned(filled: FilledCircle) -> None:
    leave(filled)
    impose(SanctionKind.BAN)(filled)


ENDS = {"left": leave, "kicked": impose(SanctionKind.KICK), "banned": impose(SanctionKind.BAN), "both": leave_and_be_banned}


@pytest.mark.parametrize("end", ENDS)
def test_c26_a_past_member_exports_what_they_made_and_learns_nothing_else(filled: FilledCircle, end: str) -> None:
    before = filled.export(YAN)
    filled.driver.clock.advance(days=1)
    ENDS[end](filled)
    filled.driver.run()
    after = filled.export(YAN)
    membership = next(line for line in after if line["kind"] == "membership")
    assert membership == {**membership, "state": "ended", "role": "member"}, "the same after a leave, a kick and a ban"
    without = [[line for line in lines if line["kind"] not in ("membership", "check_ins")] for lines in (before, after)]
    assert sorted(map(as_text, without[0])) == sorted(map(as_text, without[1]))
    with pytest.raises(errors.CircleNotFound):
        circles.get_circle(filled.simulation.circles, YAN, CIRCLE)
    with pytest.raises(errors.CircleNotFound):
        filled.request_export(YAN, ExportKind.CIRCLE)


def test_c26_a_user_who_waits_for_approval_exports_what_they_wrote(filled: FilledCircle) -> None:
    (membership,) = [line for line in filled.export(NEW) if line["kind"] == "membership"]
    assert (membership["answers"], membership["request_text"]) == (["new: answer"], "new: request to join")


def test_c26_a_stranger_gets_the_response_of_an_unknown_circle_at_the_same_cost(filled: FilledCircle) -> None:
    stranger, meters = caller("stranger"), []
    for circle_id in (CIRCLE, "cir_00000000000000000000000000"):
        filled.simulation.circles_table = meter = MeteredTable(filled.driver.tables["circles"])
        key, kind = new_key(stranger), ExportKind.OWN
        with pytest.raises(errors.CircleNotFound):
            circles.create_export(filled.simulation.circles, stranger, circle_id, key, kind)
        with pytest.raises(errors.CircleNotFound):
            circles.get_export(filled.simulation.circles, stranger, circle_id, "exp_00000000000000000000000000")
        meters.append((meter.total.reads, meter.total.writes))
    assert meters == [(1, 0), (1, 0)]


def test_c26_an_archive_can_be_exported_until_the_circle_is_closed_for_good(filled: FilledCircle) -> None:
    leave(filled)
    circles.close_circle(filled.simulation.circles, LIN, CIRCLE, settings().closing_notice)
    filled.driver.run()
    filled.driver.clock.now += settings().closing_notice / 2
    assert filled.export(YAN)
    filled.driver.clock.now += settings().closing_notice / 2
    for user in (YAN, MEI):
        with pytest.raises(errors.CircleNotFound):
            filled.request_export(user)
    filled.run_schedules()
    assert get_member(filled.simulation, CIRCLE, YAN.user_id).state is MemberState.LEFT
    with pytest.raises(errors.CircleNotFound):
        filled.request_export(YAN)
    assert [name for name in filled.files() if not name.startswith("shown/avatars/")] == []


# The work of the services


def test_c26_an_export_is_ready_when_the_part_of_each_service_has_arrived(filled: FilledCircle) -> None:
    export = filled.request_export(MEI)
    circles.handle_schedule(filled.simulation.circles)
    for name, use_cases in (("chat", chat), ("commerce", commerce)):
        use_cases.handle_jobs(filled.simulation.ports(name))
        filled.driver.run()
        circles.handle_schedule(filled.simulation.circles)
    waiting = circles.get_export(filled.simulation.circles, MEI, CIRCLE, export.id)
    assert (waiting.state, waiting.waiting_for, waiting.percent) == (ExportState.RUNNING, ("review",), 99)
    assert [item for _, item in filled.items() if item.get("gsi1pk") == "EXPORTS"] == [], "it delays no other export"
    filled.run_schedules(2)
    assert {line["service"] for line in filled.lines_of(MEI, export.id)} == set(EXPORTED)


def test_c26_an_export_that_a_service_does_not_complete_prevents_the_next_one_for_a_day_only(filled: FilledCircle) -> None:
    filled.request_export(MEI)
    circles.handle_schedule(filled.simulation.circles)
    with pytest.raises(errors.ExportRunning):
        filled.request_export(MEI)
    filled.driver.clock.now += settings().max_export_time
    assert filled.export(MEI)


@pytest.mark.parametrize("messages_per_query", [1, 7])
def test_c26_a_long_history_is_exported_in_many_runs_that_can_stop_after_each_page(
    filled: FilledCircle, messages_per_query: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(150):
        filled.driver.clock.advance(seconds=2)
        sender = (MEI, HAO)[number % 2]
        request = MessageRequest(f"long-{number:05}", number, f"{NAMES[sender.user_id]}: message {number}")
        chat.send_message(filled.simulation.chat, sender, CIRCLE, ROOM, request)
    monkeypatch.setattr(chat_lines, "MESSAGES_PER_QUERY", messages_per_query)
    monkeypatch.setattr(chat_lines, "QUERIES_PER_PAGE", 3)
    monkeypatch.setattr(commerce_lines, "ITEMS_PER_PAGE", 1)
    monkeypatch.setattr(review_lines, "REPORTS_PER_PAGE", 1)
    monkeypatch.setattr(circles_lines, "PASSCODES_PER_PAGE", 1)
    export, runs = filled.request_export(MEI), 0
    chat.send_message(filled.simulation.chat, MEI, CIRCLE, ROOM, MessageRequest("too-late-1", 150, "mei: too late"))
    while circles.get_export(filled.simulation.circles, MEI, CIRCLE, export.id).state is ExportState.RUNNING:
        runs += 1
        for service in (chat, commerce):
            step = iter([True])
            service.handle_jobs(filled.simulation.ports(service.__name__.split(".")[1]), lambda step=step: next(step, False))
        filled.run_schedules(0) if runs % 5 else filled.run_schedules(1)
    lines = [line for line in filled.lines_of(MEI, export.id) if line["kind"] == "message"]
    assert [line["seq"] for line in lines] == sorted({line["seq"] for line in lines})
    assert len(lines) == 75 + 6
    parts = [name for name in filled.driver.exports.files if name.startswith(f"chat/{CIRCLE}/{export.id}/")]
    assert len(parts) >= 75 / (3 * messages_per_query)
