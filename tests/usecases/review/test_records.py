"""The record (R12) with its anchors and readings, and personal data that is minimised, sealed and forgotten (R17)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.adapters.anchors import UNTIL, verify_anchors
from services.review.domain import Application, Content, State
from services.review.repository import applications as repository
from services.shared.security.audit import GENESIS, AuditEntry, verify
from services.shared.table.port import Key
from simulation.memory import MemoryTable
from simulation.setup.common import (
    CONTENT,
    EVIDENCE,
    OPERATOR,
    decide,
    enrolled,
    form,
    hear,
    submitted,
)
from simulation.simulation import World, person, wish

LIN = person("lin")


def dump(world: World) -> str:
    assert isinstance(world.review_table, MemoryTable)
    return json.dumps(world.review_table.all_items(), ensure_ascii=False)


def anchored() -> tuple[World, Application]:
    """Two decided applications in two hours, anchored."""
    world = World()
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    for name in ("lin", "mei"):
        application = submitted(world, person(name))
        for reviewer in (rui, shan):
            decide(world, reviewer, application)
        hear(world)
        world.clock.advance(hours=1)
        assert review.run_anchors(world.review) > 0
    return world, application


def chain_name(application: Application) -> str:
    key = repository.application_key(application.id)
    return f"{key.pk}|{key.sk}"


def test_r12_anchors_hold_every_head_that_moved_and_each_other() -> None:
    world, application = anchored()
    first, second = (json.loads(text) for _, text in world.archive.all_items())
    assert first["previous"] == GENESIS
    texts = [text for _, text in world.archive.all_items()]
    assert second["previous"] == hashlib.sha256(texts[0].encode()).hexdigest()
    assert chain_name(application) in {head[0] for head in second["heads"]}
    assert verify_anchors(world.review_table, world.archive) == []
    assert review.run_anchors(world.review) == 0


def rewrite(world: World, application: Application) -> None:
    """What an insider with the table's keys could do: replace a whole chain with another that holds."""
    chain, previous = chain_name(application), GENESIS
    for index in range(1, 4):
        entry = AuditEntry(index, "2026-03-05T04:00:00.125Z", "nobody", "approved", "0" * 64, previous)
        row = {"pk": f"AUDIT#{chain}", "sk": f"{index:010}", "entry": entry.json(), "hash": entry.hash}
        world.review_table.put(row, when=None)
        previous = entry.hash
    key = repository.application_key(application.id)
    world.review_table.update(key, set={"audit_head": previous, "audit": entry.json()}, when=None)


def test_r12_a_whole_chain_rewritten_with_its_head_meets_its_anchor() -> None:
    world, application = anchored()
    rewrite(world, application)
    item = world.review_table.get(repository.application_key(application.id)) or {}
    assert verify(world.review_table, item).state == "intact"  # by itself it holds
    (found,) = verify_anchors(world.review_table, world.archive)
    assert (found.state, found.chain, found.index) == ("broken", chain_name(application), 3)


@pytest.mark.parametrize("how", ["changed", "dropped"])
def test_r12_an_anchor_that_was_changed_or_dropped_is_named(how: str) -> None:
    world, _ = anchored()
    first = min(world.archive.kept)
    if how == "dropped":
        del world.archive.kept[first]
    else:
        world.archive.kept[first] = world.archive.kept[first].replace('"previous":"0', '"previous":"1')
    assert "anchor" in (verify_anchors(world.review_table, world.archive)[0].reason or "")


def test_r12_an_anchor_that_died_halfway_is_taken_up_again() -> None:
    world, _ = anchored()
    kept = dict(world.archive.kept)
    for hour in list(kept):
        world.review_table.delete(Key("ANCHORS", hour.removeprefix("anchors/").removesuffix(".json")), when=None)
    world.review_table.delete(UNTIL, when=None)
    review.run_anchors(world.review)
    assert world.archive.kept == kept
    assert verify_anchors(world.review_table, world.archive) == []


def test_r12_readings_of_personal_data_are_on_a_chain_of_the_readers_own() -> None:
    world = World()
    application, rui = submitted(world, LIN), enrolled(world, "rui")
    for _ in range(3):
        review.get_application(world.review, rui, application.id)
    review.get_application(world.review, LIN, application.id)  # one's own is nobody's business
    hear(world)
    row = world.review_table.get(Key(f"READER#{rui.user_id}", "READINGS")) or {}
    assert verify(world.review_table, row).length == 3
    entries = [item["entry"] for item in world.review_table.all_items() if item["pk"] == f"AUDIT#READER#{rui.user_id}|READINGS"]  # type: ignore[attr-defined]
    assert all(f"read {application.id}" in entry and rui.user_id in entry for entry in entries)


def test_r12_a_reviewer_who_browses_is_stopped_after_sixty_an_hour() -> None:
    world = World()
    application, rui = submitted(world, LIN), enrolled(world, "rui")
    for _ in range(60):
        review.get_application(world.review, rui, application.id)
    with pytest.raises(errors.TooManyReads):
        review.get_application(world.review, rui, application.id)
    review.get_application(world.review, enrolled(world, "shan"), application.id)
    world.clock.advance(hours=1)
    review.get_application(world.review, rui, application.id)


def test_r12_a_clock_that_steps_back_breaks_no_chain() -> None:
    world = World()
    application = submitted(world, LIN)
    decide(world, enrolled(world, "rui"), application)
    world.clock.advance(minutes=-5)
    after = decide(world, enrolled(world, "shan"), application)
    hear(world)
    assert after.state is State.ACTIVE
    assert review.audit_application(world.review, OPERATOR, application.id).state == "intact"


def test_r12_no_hour_is_left_out_however_long_the_anchoring_was_out() -> None:
    world, _ = anchored()
    application = submitted(world, person("late"))
    hear(world)
    world.clock.advance(days=50)
    assert [review.run_anchors(world.review) for _ in range(3)] == [1, 0, 0]
    assert chain_name(application) in "".join(world.archive.kept.values())
    assert verify_anchors(world.review_table, world.archive) == []


# R17


def test_r17_a_dump_of_the_table_names_nobody() -> None:
    world = World()
    submitted(world, LIN)
    decide(world, enrolled(world, "rui"), submitted(world, person("mei")), approves=False)
    hear(world)
    text = dump(world)
    for private in ("林", *EVIDENCE, LIN.user_id + "'s name"):
        assert private not in text
    assert "real_name" not in text


def test_r17_what_is_sealed_opens_for_its_application_alone() -> None:
    world = World()
    mine, other = submitted(world, LIN), submitted(world, person("mei"))
    _, private = review.get_application(world.review, LIN, mine.id)
    assert (private.masked_name, private.evidence) == ("林*", EVIDENCE)
    swapped = {**(world.review_table.get(repository.application_key(mine.id)) or {}), "sealed": other.sealed}
    world.review_table.put(swapped, when=None)
    with pytest.raises(AssertionError, match="something else"):
        review.get_application(world.review, LIN, mine.id)


def turned_down(world: World, how: str) -> Application:
    first = submitted(world, LIN)
    new = form(world, LIN, replace(CONTENT, plan="改为每周两次。"))
    first = review.update_application(world.review, LIN, first.id, wish(LIN, now=world.clock.now), new)
    if how == "withdrawn":
        return review.withdraw_application(world.review, LIN, first.id)
    return decide(world, enrolled(world, "rui"), first, approves=False)


@pytest.mark.parametrize("how", ["rejected", "withdrawn"])
def test_r17_personal_data_is_forgotten_after_180_days_and_the_chain_holds(how: str) -> None:
    world = World()
    after = turned_down(world, how)
    hear(world)
    world.clock.advance(days=180, seconds=-1)
    assert review.handle_schedule(world.review) == 0
    world.clock.advance(seconds=1)
    assert [review.handle_schedule(world.review) for _ in range(2)] == [1, 0]
    hear(world)
    left = repository.find_application(world.review_table, after.id).entity
    assert (left.content, left.sealed, left.trail.salt) == (Content(), "", "")
    assert left.trail.last and left.trail.last.action == "erased"
    text = dump(world)
    for words in (CONTENT.resonance, CONTENT.plan, "改为每周两次。", "写得清楚。"):
        assert words not in text
    assert review.audit_application(world.review, OPERATOR, after.id).state == "intact"


def test_r17_what_was_granted_is_not_forgotten() -> None:
    world = World()
    application: Any = submitted(world, LIN)
    for name in ("rui", "shan"):
        application = decide(world, enrolled(world, name), application)
    world.clock.advance(days=400)
    review.handle_schedule(world.review)
    assert repository.find_application(world.review_table, application.id).entity.content == application.content
