"""Data exports, and closing a circle."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import CircleState, PictureType
from services.circles.domain.export import Export, ExportKind, ExportState
from services.circles.publications import PUBLICATIONS
from services.circles.repository.circles import load_circle
from services.circles.repository.export_lines import EXPORTED
from services.circles.repository.keys import user_item_key
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from simulation.memory import MemoryTable
from simulation.setup.circles import create_circle, get_member, issue_passcode, post_note, set_teaser
from simulation.setup.exports import run_export
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes
from simulation.users import caller, new_key
from tests.support.imaging import clean

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
MONTH = timedelta(days=30)


def create_filled_circle(simulation: Simulation) -> str:
    """Create a circle with notes, comments, likes, a picture, a draft and a check-in, and return its id."""
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    picture_id, form = circles.create_upload(simulation.circles, MEI, circle_id, new_key(MEI), PictureType.PNG, len(dawn()))
    simulation.bucket.files[form.fields["key"]] = ("image/png", dawn())
    circles.process_upload(simulation.circles, form.fields["key"], clean)
    post_note(simulation, circle_id, MEI, "带图的", picture_ids=(picture_id,))
    for number in range(45):
        author = (LIN, MEI, HAO)[number % 3]
        note = post_note(simulation, circle_id, author, f"{author.user_id[:4]} 的第{number}篇")
        for commenter in (MEI, HAO):
            key = new_key(commenter, now=simulation.clock.now)
            circles.add_comment(simulation.circles, commenter, circle_id, note.id, key, text=f"评{number}", parent_id=None)
        circles.like_note(simulation.circles, MEI, circle_id, note.id)
    circles.delete_note(simulation.circles, HAO, circle_id, post_note(simulation, circle_id, HAO, "撤下的").id)
    circles.create_draft(
        simulation.circles, MEI, circle_id, new_key(MEI, now=simulation.clock.now), circles.NoteInput("没发的")
    )
    circles.check_in(simulation.circles, MEI, circle_id)
    set_teaser(simulation, LIN, circle_id, "来看鸟。", ("观鸟",))
    handle_all_changes(simulation, "circles")
    return circle_id


def exported_lines(simulation: Simulation, export: Export) -> list[dict[str, Any]]:
    """Return all lines of an export, after comparing its files with the manifest."""
    folder = f"{export.circle_id}/{export.id}"
    manifest = json.loads(simulation.exports.files[f"circles/{folder}/manifest.json"][1])
    assert manifest["format"] == "coterie-export/1"
    lines: list[dict[str, Any]] = []
    for part in manifest["parts"]:
        data = simulation.exports.files[f"{part['service']}/{folder}/{part['name']}"][1]
        assert hashlib.sha256(data).hexdigest() == part["sha256"]
        part_lines = data.decode().splitlines()
        assert len(part_lines) == part["lines"]
        lines += map(json.loads, part_lines)
    return lines


def test_c26_a_members_export_contains_all_their_own_data_and_nothing_else() -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    export = run_export(simulation, circle_id, MEI, ExportKind.OWN)
    assert (export.state, export.percent, export.pictures) == (ExportState.READY, 100, 1)
    lines = exported_lines(simulation, export)
    assert {line["author"] for line in lines if line["kind"] in ("note", "comment")} == {MEI.user_id}
    items = circle_items(simulation)
    own = [item for item in items if item.get("author") == MEI.user_id]
    for kind, prefix in (("note", "NOTE#"), ("comment", "COMMENT#"), ("draft", "DRAFT#")):
        exported = {(line["id"], line["text"]) for line in lines if line["kind"] == kind}
        assert exported == {(item["id"], item["text"]) for item in own if item["sk"].startswith(prefix)}
    liked = {line["note_id"] for line in lines if line["kind"] == "like"}
    assert liked == {item["note_id"] for item in items if item["pk"].endswith(f"#LIKES#{MEI.user_id}")}
    assert {"membership", "check_ins"} <= {line["kind"] for line in lines}
    folder = f"circles/{circle_id}/{export.id}/pictures/"
    pictures = [object_key for object_key in simulation.exports.files if object_key.startswith(folder)]
    assert len(pictures) == 1
    text = json.dumps(lines, ensure_ascii=False)
    assert not [secret for secret in (HAO.user_id, "audit", "passcode", "gsi1") if secret in text]


def circle_items(simulation: Simulation) -> list[dict[str, Any]]:
    assert isinstance(simulation.circles_table, MemoryTable)
    return list(simulation.circles_table.all_items())


def test_c26_an_owners_export_contains_the_circle_without_identities() -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    with pytest.raises(errors.RoleNotAllowed):
        circles.create_export(simulation.circles, MEI, circle_id, new_key(MEI, now=simulation.clock.now), ExportKind.CIRCLE)
    export = run_export(simulation, circle_id, LIN, ExportKind.CIRCLE)
    lines = exported_lines(simulation, export)
    items = circle_items(simulation)
    visible = {item["id"] for item in items if item["sk"].startswith("NOTE#") and item["state"] == "visible"}
    assert {line["id"] for line in lines if line["kind"] == "note"} == visible
    assert {line["id"] for line in lines if line["kind"] == "comment"} == {
        item["id"] for item in items if item["sk"].startswith("COMMENT#")
    }
    assert [line["kind"] for line in lines].count("circle") == 1
    assert {line["kind"] for line in lines} == {"circle", "note", "comment"}
    assert len({line["author"] for line in lines if line["kind"] != "circle"}) == 3
    text = json.dumps(lines, ensure_ascii=False)
    assert not [secret for secret in (MEI.user_id, HAO.user_id, LIN.user_id, "没发的", "撤下的") if secret in text]


@pytest.mark.parametrize(("user", "kind"), [(MEI, ExportKind.OWN), (LIN, ExportKind.CIRCLE)])
def test_c26_an_unlisted_attribute_or_kind_is_not_exported(user: Caller, kind: ExportKind) -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    for item in circle_items(simulation):
        simulation.circles_table.update(Key.of(item), set={"unlisted": "secret"}, when=None)
    unlisted_kind = user_item_key(circle_id, user.user_id, "UNLISTED")
    simulation.circles_table.put({**unlisted_kind.attributes(), "text": "secret"}, when=None)
    lines = exported_lines(simulation, run_export(simulation, circle_id, user, kind))
    assert "secret" not in json.dumps(lines)
    assert [line for line in lines if not line.keys() <= {"kind", *EXPORTED[line["kind"]]}] == []


def test_c26_an_export_shows_progress_and_one_runs_at_a_time() -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    key = new_key(LIN, now=simulation.clock.now)
    export = circles.create_export(simulation.circles, LIN, circle_id, key, ExportKind.CIRCLE)
    assert circles.create_export(simulation.circles, LIN, circle_id, key, ExportKind.CIRCLE) == export
    assert (export.percent, export.state) == (0, ExportState.RUNNING)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export_part_url(simulation.circles, LIN, circle_id, export.id, 0)
    with pytest.raises(errors.ExportRunning):
        circles.create_export(simulation.circles, LIN, circle_id, new_key(LIN, now=simulation.clock.now), ExportKind.OWN)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export(simulation.circles, HAO, circle_id, export.id)
    circles.handle_schedule(simulation.circles)
    ready = circles.get_export(simulation.circles, LIN, circle_id, export.id)
    assert "manifest.json" in circles.get_export_part_url(simulation.circles, LIN, circle_id, export.id, 0)
    assert ready.parts[0].name in circles.get_export_part_url(simulation.circles, LIN, circle_id, export.id, 1)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export_part_url(simulation.circles, LIN, circle_id, export.id, len(ready.parts) + 1)
    simulation.clock.advance(days=8)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export(simulation.circles, LIN, circle_id, export.id)


def test_c26_an_export_that_is_requested_twenty_times_is_one_archive_with_equal_responses() -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    key = new_key(LIN, now=simulation.clock.now)
    exports = [circles.create_export(simulation.circles, LIN, circle_id, key, ExportKind.CIRCLE) for _ in range(20)]
    assert exports == exports[:1] * 20
    circles.handle_schedule(simulation.circles)
    written = set(simulation.exports.iter_keys(""))
    ready = circles.create_export(simulation.circles, LIN, circle_id, key, ExportKind.CIRCLE)
    assert (ready.id, ready.state) == (exports[0].id, ExportState.READY)
    circles.handle_schedule(simulation.circles)
    assert set(simulation.exports.iter_keys("")) == written != set()


def test_c26_a_closing_circle_is_read_only_and_then_deleted() -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    passcode = issue_passcode(simulation, LIN, circle_id)
    with pytest.raises(errors.RoleNotAllowed):
        circles.close_circle(simulation.circles, MEI, circle_id, MONTH)
    closing = circles.close_circle(simulation.circles, LIN, circle_id, MONTH)
    assert closing == circles.close_circle(simulation.circles, LIN, circle_id, timedelta(days=7)), (
        "a shorter notice period is ignored"
    )
    for attempt in (
        lambda: post_note(simulation, circle_id, MEI),
        lambda: circles.check_in(simulation.circles, MEI, circle_id),
        lambda: set_teaser(simulation, LIN, circle_id, "x", ("观鸟",)),
    ):
        with pytest.raises(errors.CircleReadOnly):
            attempt()
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(simulation.circles, caller("late"), passcode)
    with pytest.raises(errors.CircleNotFound):
        circles.get_teaser(simulation.circles, circle_id)
    simulation.clock.advance(days=29)
    circles.handle_schedule(simulation.circles)
    assert circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(20))[0]
    run_export(simulation, circle_id, MEI, ExportKind.OWN)
    simulation.clock.advance(days=1)
    for _ in range(3):
        circles.handle_schedule(simulation.circles)
    _assert_purged(simulation, circle_id)
    for user in (LIN, MEI, HAO):
        with pytest.raises(errors.CircleNotFound):
            circles.get_circle(simulation.circles, user, circle_id)
    late = caller("later")
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(simulation.circles, late, passcode)


def _assert_purged(simulation: Simulation, circle_id: str) -> None:
    assert (simulation.bucket.files, simulation.exports.files) == ({}, {})
    circle = load_circle(simulation.circles_table, circle_id)
    assert (circle.entity.state, circle.entity.due_at) == (CircleState.CLOSED, None)
    (pending,) = pending_events_of(circle.item or {})
    assert PUBLICATIONS[pending.name](circle.item or {}, pending).data.state == "closed"  # type: ignore[attr-defined]
    in_circle = [item for item in circle_items(simulation) if item["pk"].startswith(f"CIRCLE#{circle_id}")]
    assert {item["sk"].partition("#")[0] for item in in_circle} == {"CIRCLE", "MEMBER"}
    for user in (LIN, MEI, HAO):
        member = get_member(simulation, circle_id, user.user_id)
        assert (member.is_active, member.erased) == (False, True)
    assert [item for item in circle_items(simulation) if item["pk"].startswith("TEASER")] == []


@pytest.mark.parametrize("steps_per_run", [1, 7, 50])
def test_c26_an_interrupted_purge_continues(steps_per_run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    circles.close_circle(simulation.circles, LIN, circle_id, MONTH)
    simulation.clock.advance(days=30)
    monkeypatch.setattr("services.circles.usecases.closing.MAX_STEPS_PER_RUN", steps_per_run)
    for _ in range(1000):
        circles.handle_schedule(simulation.circles)
        if load_circle(simulation.circles_table, circle_id).entity.due_at is None:
            break
    _assert_purged(simulation, circle_id)


def test_c26_closing_can_be_canceled_during_the_notice_period() -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    circles.close_circle(simulation.circles, LIN, circle_id, MONTH)
    simulation.clock.advance(days=29)
    assert circles.reopen_circle(simulation.circles, LIN, circle_id).state is CircleState.ACTIVE
    post_note(simulation, circle_id, MEI)
    simulation.clock.advance(days=5)
    circles.handle_schedule(simulation.circles)
    assert circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(20))[0]
    circles.close_circle(simulation.circles, LIN, circle_id, MONTH)
    simulation.clock.advance(days=30)
    with pytest.raises(errors.CircleNotActive):
        circles.reopen_circle(simulation.circles, LIN, circle_id)


def test_c26_a_closing_circle_cannot_be_activated() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    circles.close_circle(simulation.circles, LIN, circle_id, MONTH)
    _assert_activation_changes_nothing(simulation, circle_id, CircleState.CLOSING)
    simulation.clock.advance(days=30)
    _assert_activation_changes_nothing(simulation, circle_id, CircleState.CLOSING)


def test_c26_a_closed_circle_cannot_be_activated(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    circles.close_circle(simulation.circles, LIN, circle_id, MONTH)
    simulation.clock.advance(days=30)
    monkeypatch.setattr("services.circles.usecases.closing.MAX_STEPS_PER_RUN", 0)  # the memberships are not ended yet
    circles.handle_schedule(simulation.circles)
    _assert_activation_changes_nothing(simulation, circle_id, CircleState.CLOSED)


def _assert_activation_changes_nothing(simulation: Simulation, circle_id: str, state: CircleState) -> None:
    before = load_circle(simulation.circles_table, circle_id)
    assert before.entity.state is state
    with pytest.raises(errors.CircleNotActive):
        circles.activate_circle(simulation.circles, LIN, circle_id)
    assert load_circle(simulation.circles_table, circle_id) == before


def test_c26_an_expired_export_does_not_delay_others() -> None:
    simulation = Simulation()
    circle_id = create_filled_circle(simulation)
    for user in (LIN, MEI):
        circles.create_export(simulation.circles, user, circle_id, new_key(user, now=simulation.clock.now), ExportKind.OWN)
    simulation.clock.advance(days=7)
    assert run_export(simulation, circle_id, HAO, ExportKind.OWN).state is ExportState.READY
    assert [item for item in circle_items(simulation) if item.get("gsi1pk") == "EXPORTS"] == []
