"""Heads of audit chains that reach no anchor (R12): lists, hours and clocks that were changed, crashes and outages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.shared.security import anchored
from services.shared.security.audit import AWAITING, ChainVerification
from services.shared.security.heads import NEXT_HOUR, hour_name, iter_heads, start_of_hour
from services.shared.table.items import Key
from simulation.simulation import Simulation
from tests.support.anchors import chains, decide, names, reasons, two_hours, verify


def test_r12_a_head_that_waits_for_its_anchor_is_no_finding() -> None:
    simulation, _ = two_hours()
    decide(simulation, "hao")
    assert verify(simulation) == []
    simulation.clock.advance(hours=1, minutes=59)
    assert verify(simulation) == []


def test_r12_a_head_of_the_first_instant_of_an_hour_waits_for_its_anchor_too() -> None:
    simulation, _ = two_hours()
    simulation.clock.now = start_of_hour(simulation.clock()) + timedelta(hours=1)
    decide(simulation, "hao")
    simulation.clock.now = start_of_hour(simulation.clock())
    assert verify(simulation) == []


def test_r12_hours_that_have_ended_and_are_not_anchored_are_named_until_the_next_run() -> None:
    simulation, _ = two_hours()
    decide(simulation, "hao")
    hour = hour_name(simulation.clock())
    simulation.clock.advance(hours=3)
    assert reasons(simulation) == {f"review/{hour}.json": "the hour has ended and is not anchored"}
    simulation.anchor_heads("review")
    assert verify(simulation) == []


def test_r12_a_deleted_list_of_heads_is_reported() -> None:
    simulation, _ = two_hours()
    chain = decide(simulation, "hao")
    for name, _, _ in list(iter_heads(simulation.review_table, simulation.clock())):
        simulation.review_table.delete(Key(f"HEADS#{hour_name(simulation.clock())}", name), when=None)
    simulation.clock.advance(hours=1)
    simulation.anchor_heads("review")
    assert reasons(simulation)[chain] == "its head is in no anchor and in no list of heads"


def test_r12_skipped_hours_are_reported() -> None:
    """An insider can move the next hour forward: then no run anchors the hours before it."""
    simulation, _ = two_hours()
    chain = decide(simulation, "hao")
    item = simulation.review_table.get(NEXT_HOUR) or {}
    simulation.review_table.put({**item, "hour": item["hour"] + 2 * 3_600_000}, when=None)
    simulation.clock.advance(hours=4)
    simulation.anchor_heads("review")
    assert reasons(simulation)[chain] == "its head is in no anchor and in no list of heads"


def test_r12_a_head_behind_a_clock_that_was_set_back_is_reported_until_the_chain_grows() -> None:
    simulation, _ = two_hours()
    simulation.clock.advance(hours=-2)
    chain = decide(simulation, "hao")
    assert simulation.anchor_heads("review") == 0, "no anchored hour is anchored again"
    simulation.clock.advance(hours=2)
    assert reasons(simulation)[chain] == "its head is in no anchor and in no list of heads"


def test_r12_a_head_whose_record_was_set_aside_awaits_redrive() -> None:
    simulation, chain = two_hours()
    for name in names(simulation):
        hour = name.removeprefix("review/").removesuffix(".json")
        simulation.review_table.delete(Key("ANCHORS", hour), when=None)
    simulation.archive.texts.clear()
    marker = {"pk": f"AUDIT#{chain}", "sk": f"{3:010}{AWAITING}", "hash": "any"}
    simulation.review_table.put(marker, when=None)
    found = {one.chain: (one.state, one.index) for one in verify(simulation)}
    assert found[chain] == ("awaiting redrive", 3)
    assert "broken" in {state for state, _ in found.values()}


def test_r12_a_chain_with_an_entry_that_was_set_aside_is_reported_once() -> None:
    simulation, _ = two_hours()
    aside = ChainVerification("THING|1", 1, "awaiting redrive", 1, "set aside")
    broken = replace(aside, state="broken")
    for one in (aside, broken):
        found = anchored.verify_anchors(
            simulation.table("review"), simulation.archive, "review", [one, *chains(simulation)], simulation.clock()
        )
        assert [finding for finding in found if finding.chain == "THING|1"] == []


def test_r12_anchoring_continues_after_a_crash() -> None:
    simulation, _ = two_hours()
    before = dict(simulation.archive.texts)
    for name in before:
        hour = name.removeprefix("review/").removesuffix(".json")
        simulation.review_table.delete(Key("ANCHORS", hour), when=None)
    simulation.review_table.delete(NEXT_HOUR, when=None)
    simulation.anchor_heads("review")
    assert simulation.archive.texts == before
    assert verify(simulation) == []


def test_r12_anchoring_skips_no_hour_after_a_long_outage() -> None:
    simulation, _ = two_hours()
    chain = decide(simulation, "late")
    simulation.clock.advance(days=50)
    assert [simulation.anchor_heads("review") > 0 for _ in range(3)] == [True, False, False]
    assert chain in "".join(simulation.archive.texts.values())
    assert verify(simulation) == []


@pytest.mark.parametrize("values", [{"length": "1"}, {"length": -1}, {"head": None}, {}])
def test_r12_a_head_that_is_no_head_any_more_stops_neither_anchoring_nor_verification(values: dict[str, Any]) -> None:
    simulation = Simulation()
    chain, other = decide(simulation, "lin"), decide(simulation, "mei")
    pk = f"HEADS#{hour_name(simulation.clock())}"
    simulation.review_table.put({"pk": pk, "sk": chain, **values}, when=None)
    for _ in range(2):
        assert chain in reasons(simulation)
        assert other not in reasons(simulation)
        simulation.clock.advance(hours=1)
        simulation.anchor_heads("review")
