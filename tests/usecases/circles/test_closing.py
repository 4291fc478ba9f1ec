"""The end of a circle, and what everybody can take along."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.adapters.imaging import clean
from services.circles.domain import CircleState, PictureType
from services.circles.domain.export import Export, ExportKind, ExportState
from services.circles.publications import PUBLICATIONS
from services.circles.repository.circles import find_circle
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.auth import Caller
from simulation.memory import MemoryTable
from simulation.setup.circles import circle_with, follow, post
from simulation.setup.common import issue, the_member
from simulation.simulation import World, person, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
MONTH = timedelta(days=30)


def lively(world: World) -> str:
    """A circle with notes, comments, likes, a picture, a draft and a check-in of several people."""
    circle_id = circle_with(world, LIN, MEI, HAO)
    picture_id, offer = circles.create_upload(world.circles, MEI, circle_id, PictureType.PNG, len(dawn()))
    world.bucket.files[offer.fields["key"]] = ("image/png", dawn())
    circles.take_picture(world.circles, offer.fields["key"], clean)
    post(world, circle_id, MEI, "带图的", picture_ids=(picture_id,))
    for number in range(45):
        author = (LIN, MEI, HAO)[number % 3]
        note = post(world, circle_id, author, f"{author.user_id[:4]} 的第{number}篇")
        for commenter in (MEI, HAO):
            key = wish(commenter, now=world.clock.now)
            circles.add_comment(world.circles, commenter, circle_id, note.id, key, text=f"评{number}", parent_id=None)
        circles.like_note(world.circles, MEI, circle_id, note.id)
    circles.remove_note(world.circles, HAO, circle_id, post(world, circle_id, HAO, "撤下的").id)
    circles.create_draft(world.circles, MEI, circle_id, wish(MEI, now=world.clock.now), circles.Words("没发的"))
    circles.check_in(world.circles, MEI, circle_id)
    circles.set_teaser(world.circles, LIN, circle_id, "来看鸟。", ("观鸟",))
    follow(world)
    return circle_id


def exported(world: World, circle_id: str, who: Caller, kind: ExportKind) -> Export:
    export = circles.create_export(world.circles, who, circle_id, wish(who, now=world.clock.now), kind)
    circles.handle_schedule(world.circles)
    return circles.get_export(world.circles, who, circle_id, export.id)


def read_back(world: World, export: Export) -> list[dict[str, Any]]:
    """Every row of an archive, with its manifest held against the files."""
    folder = f"exports/{export.circle_id}/{export.id}"
    manifest = json.loads(world.bucket.files[f"{folder}/manifest.json"][1])
    assert manifest["format"] == "coterie-export/1"
    rows: list[dict[str, Any]] = []
    for part in manifest["parts"]:
        data = world.bucket.files[f"{folder}/{part['name']}"][1]
        assert hashlib.sha256(data).hexdigest() == part["sha256"]
        lines = data.decode().splitlines()
        assert len(lines) == part["rows"]
        rows += map(json.loads, lines)
    return rows


def test_c26_a_members_archive_holds_all_that_is_theirs_and_nothing_else() -> None:
    world = World()
    circle_id = lively(world)
    export = exported(world, circle_id, MEI, ExportKind.OWN)
    assert (export.state, export.percent, export.pictures) == (ExportState.READY, 100, 1)
    rows = read_back(world, export)
    assert {row["author"] for row in rows if row["kind"] in ("note", "comment")} == {MEI.user_id}
    loaded = circles_rows(world)
    mine = [row for row in loaded if row.get("author") == MEI.user_id]
    for kind, prefix in (("note", "NOTE#"), ("comment", "COMMENT#"), ("draft", "DRAFT#")):
        told = {(row["id"], row["text"]) for row in rows if row["kind"] == kind}
        assert told == {(row["id"], row["text"]) for row in mine if row["sk"].startswith(prefix)}
    liked = {row["note_id"] for row in rows if row["kind"] == "like"}
    assert liked == {row["note_id"] for row in loaded if row["pk"].endswith(f"#LIKES#{MEI.user_id}")}
    assert {"membership", "checkins"} <= {row["kind"] for row in rows}
    pictures = [place for place in world.bucket.files if place.startswith(f"exports/{circle_id}/{export.id}/pictures/")]
    assert len(pictures) == 1
    words = json.dumps(rows, ensure_ascii=False)
    assert not [one for one in (HAO.user_id, "audit", "passcode", "gsi1") if one in words]


def circles_rows(world: World) -> list[dict[str, Any]]:
    assert isinstance(world.circles_table, MemoryTable)
    return list(world.circles_table.all_items())


def test_c26_an_owners_archive_is_the_circle_without_people() -> None:
    world = World()
    circle_id = lively(world)
    with pytest.raises(errors.NotAllowed):
        circles.create_export(world.circles, MEI, circle_id, wish(MEI, now=world.clock.now), ExportKind.CIRCLE)
    export = exported(world, circle_id, LIN, ExportKind.CIRCLE)
    rows = read_back(world, export)
    loaded = circles_rows(world)
    visible = {row["id"] for row in loaded if row["sk"].startswith("NOTE#") and row["state"] == "visible"}
    assert {row["id"] for row in rows if row["kind"] == "note"} == visible
    assert {row["id"] for row in rows if row["kind"] == "comment"} == {
        row["id"] for row in loaded if row["sk"].startswith("COMMENT#")
    }
    assert {row["kind"] for row in rows} == {"note", "comment"}
    assert len({row["author"] for row in rows}) == 3
    words = json.dumps(rows, ensure_ascii=False)
    assert not [one for one in (MEI.user_id, HAO.user_id, LIN.user_id, "没发的", "撤下的") if one in words]


def test_c26_progress_can_be_asked_for_and_one_archive_is_written_at_a_time() -> None:
    world = World()
    circle_id = lively(world)
    key = wish(MEI, now=world.clock.now)
    export = circles.create_export(world.circles, MEI, circle_id, key, ExportKind.OWN)
    assert circles.create_export(world.circles, MEI, circle_id, key, ExportKind.OWN) == export
    assert (export.percent, export.state) == (0, ExportState.RUNNING)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export_part_url(world.circles, MEI, circle_id, export.id, 0)
    with pytest.raises(errors.ExportRunning):
        circles.create_export(world.circles, MEI, circle_id, wish(MEI, now=world.clock.now), ExportKind.OWN)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export(world.circles, HAO, circle_id, export.id)
    circles.handle_schedule(world.circles)
    ready = circles.get_export(world.circles, MEI, circle_id, export.id)
    assert "manifest.json" in circles.get_export_part_url(world.circles, MEI, circle_id, export.id, 0)
    assert ready.parts[0].name in circles.get_export_part_url(world.circles, MEI, circle_id, export.id, 1)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export_part_url(world.circles, MEI, circle_id, export.id, len(ready.parts) + 1)
    world.clock.advance(days=8)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export(world.circles, MEI, circle_id, export.id)


def test_c26_notice_makes_read_only_then_everything_goes() -> None:
    world = World()
    circle_id = lively(world)
    code = issue(world, LIN, circle_id)
    with pytest.raises(errors.NotAllowed):
        circles.close_circle(world.circles, MEI, circle_id, MONTH)
    closing = circles.close_circle(world.circles, LIN, circle_id, MONTH)
    assert closing == circles.close_circle(world.circles, LIN, circle_id, timedelta(days=7)), "no way to hurry"
    for attempt in (
        lambda: post(world, circle_id, MEI),
        lambda: circles.check_in(world.circles, MEI, circle_id),
        lambda: circles.set_teaser(world.circles, LIN, circle_id, "x", ("观鸟",)),
    ):
        with pytest.raises(errors.CircleReadOnly):
            attempt()
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(world.circles, person("late"), code)
    with pytest.raises(errors.CircleNotFound):
        circles.get_teaser(world.circles, circle_id)
    world.clock.advance(days=29)
    circles.handle_schedule(world.circles)
    assert circles.list_notes(world.circles, MEI, circle_id, 20, None)[0]
    exported(world, circle_id, MEI, ExportKind.OWN)
    world.clock.advance(days=1)
    for _ in range(3):
        circles.handle_schedule(world.circles)
    _all_gone(world, circle_id)
    for who in (LIN, MEI, HAO):
        with pytest.raises(errors.CircleNotFound):
            circles.get_circle(world.circles, who, circle_id)
    late = person("later")
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(world.circles, late, code)


def _all_gone(world: World, circle_id: str) -> None:
    assert world.bucket.files == {}
    circle = find_circle(world.circles_table, circle_id)
    assert (circle.entity.state, circle.entity.due_at) == (CircleState.CLOSED, None)
    (pending,) = pending_events_of(circle.item or {})
    assert PUBLICATIONS[pending.name](circle.item or {}, pending).data.state == "closed"  # type: ignore[attr-defined]
    left = {row["sk"].partition("#")[0] for row in circles_rows(world) if row["pk"].startswith(f"CIRCLE#{circle_id}")}
    assert left == {"CIRCLE", "MEMBER"}
    for who in (LIN, MEI, HAO):
        assert (the_member(world, circle_id, who.user_id).is_in, the_member(world, circle_id, who.user_id).forgotten) == (
            False,
            True,
        )
    assert [row for row in circles_rows(world) if row["pk"].startswith("TEASER")] == []


@pytest.mark.parametrize("rows_a_run", [1, 7, 50])
def test_c26_a_purge_that_is_cut_off_goes_on(rows_a_run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    circle_id = lively(world)
    circles.close_circle(world.circles, LIN, circle_id, MONTH)
    world.clock.advance(days=30)
    monkeypatch.setattr("services.circles.usecases.endings.STEPS", rows_a_run)
    for _ in range(1000):
        circles.handle_schedule(world.circles)
        if find_circle(world.circles_table, circle_id).entity.due_at is None:
            break
    _all_gone(world, circle_id)


def test_c26_notice_can_be_taken_back_while_it_runs() -> None:
    world = World()
    circle_id = lively(world)
    circles.close_circle(world.circles, LIN, circle_id, MONTH)
    world.clock.advance(days=29)
    assert circles.reopen_circle(world.circles, LIN, circle_id).state is CircleState.ACTIVE
    post(world, circle_id, MEI)
    world.clock.advance(days=5)
    circles.handle_schedule(world.circles)
    assert circles.list_notes(world.circles, MEI, circle_id, 20, None)[0]
    circles.close_circle(world.circles, LIN, circle_id, MONTH)
    world.clock.advance(days=30)
    with pytest.raises(errors.CircleNotActive):
        circles.reopen_circle(world.circles, LIN, circle_id)


def test_c26_an_archive_nobody_fetched_in_time_stands_in_nobodys_way() -> None:
    world = World()
    circle_id = lively(world)
    for who in (LIN, MEI):
        circles.create_export(world.circles, who, circle_id, wish(who, now=world.clock.now), ExportKind.OWN)
    world.clock.advance(days=7)
    mine = circles.create_export(world.circles, HAO, circle_id, wish(HAO, now=world.clock.now), ExportKind.OWN)
    circles.handle_schedule(world.circles)
    assert circles.get_export(world.circles, HAO, circle_id, mine.id).state is ExportState.READY
    assert [row for row in circles_rows(world) if row.get("gsi1pk") == "EXPORTS"] == []
