"""Every action dies before and after each of its calls, alone and in pairs, with conflicts and throttles in between; after
the retries that really happen, all is as if nothing had. A run that fails names the plan that replays it."""

from __future__ import annotations

import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from services.commerce.repository.ledger import LEDGER
from services.shared.table.port import Item
from simulation.driver import Faults, Simulation
from simulation.faults import Fault
from simulation.services import SERVICES
from tests.kill.scenarios import CIRCLE, SCENARIOS, Scenario, before, state

WANTED = int(os.environ.get("KILL_FAULTS", -(-100_000 // len(SCENARIOS))))  # faults a scenario: a hundred thousand in all
# What differs between a run with retries and one without, and may: chance, versions, and marks of how often one tried.
PASSING = {
    "version",
    "correlation_id",
    "audit",
    "audit_head",
    "audit_salt",
    "revision",
    "tat",
    "hash",
    "entry",
    "created_at",
    "joined_at",
    "ready_at",
}
MARKS = ("FOLD#", "COUNTED#", "TAG#", "GUESSER#", "REQUESTER#", "TICKET#", "SOCKET#", "HEADS#", "READER#", "AUDIT#READER#")

Plan = Mapping[int, Fault]


def content(sim: Simulation) -> list[str]:
    """Everything stored, without what chance and retries may change."""
    rows = {
        json.dumps([service, _kept(item)], sort_keys=True, ensure_ascii=False)
        for service in SERVICES
        for item in sim.tables[service].all_items()
        if not item["pk"].startswith(MARKS) and (item.get("hears") or not item["pk"].startswith("LISTEN#"))
    }
    return sorted({*rows, *_tags(sim)})


def _tags(sim: Simulation) -> list[str]:
    """The counters of tags over their shards: which one a group moves, and its record, depend on its place in the stream."""
    totals: Counter[str] = Counter()
    for item in sim.tables["circles"].all_items():
        if item["pk"].startswith("TAG#"):
            slug = item["pk"].split("#")[1]
            totals.update({f"{slug} {name}": item[name] for name in ("notes", "views") if name in item})
    return [f"{name}: {total}" for name, total in sorted(totals.items())]


def _kept(item: Item) -> dict[str, Any]:
    kept = {name: value for name, value in item.items() if name not in PASSING}
    if "outbox" in kept:
        kept["outbox"] = [pending.partition(":")[0] for pending in kept["outbox"].split()]
    if kept.get("gsi1pk", "").startswith("PENDING#"):
        kept["gsi1sk"] = item["user_id"]  # without when they came, which a lock in between puts off
    if kept.get("state") == "closed":
        kept = {name: kept[name] for name in kept if name not in ("gsi2sk", "due_at")}  # counts from when the end was found
    if item["pk"].startswith("LISTEN#"):
        kept["sk"] = item["sk"].partition("#")[0]  # each try connects anew; the connections before are dead
    return kept


def broken_invariants(sim: Simulation) -> list[str]:
    """What must hold at every moment, whether anybody tried again or not."""
    found = []
    commerce = sim.tables["commerce"].all_items()
    if sum(item["balance"] for item in commerce if item["pk"] == LEDGER):
        found.append("the ledger does not sum to zero")
    if any(sum(line[1] for line in item["lines"]) for item in commerce if "lines" in item):
        found.append("a ledger entry does not sum to zero")
    held = sum(item["quantity"] for item in commerce if item.get("state") in HOLDING and "quantity" in item)
    stock = [item["stock"] for item in commerce if "stock" in item]
    if stock and sum(stock) + held != 1:
        found.append(f"{stock} in stock and {held} held are not one")
    circles = sim.tables["circles"].all_items()
    for code in (item for item in circles if item["pk"].startswith("PASSCODE#")):
        joined = sum(item.get("passcode_id") == code["id"] for item in circles)
        if joined > code["uses"] or code["uses"] > code["max_uses"]:
            found.append(f"{joined} came in by a code used {code['uses']} of {code['max_uses']} times")
    numbers = [item["seq"] for item in sim.tables["chat"].all_items() if item["pk"].startswith(f"CIRCLE#{CIRCLE}#ROOM#")]
    if numbers != sorted(set(numbers)):
        found.append(f"numbers {numbers}")
    seats = [item["seat"] for item in sim.tables["review"].all_items() if "seat" in item and item["state"] != "closed"]
    taken = [item["taken"] for item in sim.tables["review"].all_items() if "taken" in item]
    if len(seats) != sum(taken):
        found.append(f"seats {seats} of {taken} taken")
    return found


HOLDING = {"reserved", "paid", "shipped", "received", "completed"}


def calls_of(scenario: Scenario) -> int:
    """How many calls the action makes, with all that follows from it."""
    faults = Faults()
    sim = before(scenario, faults)
    sim.client(lambda: scenario.act(sim))
    sim.pump()
    return faults.calls


def plans(scenario: Scenario, calls: int) -> Iterator[Plan]:
    """Every single fault, every pair, then random plans until enough faults were wanted. Calls after a fault shift, so the
    second of a pair may fall on a retry: meant."""
    faults = list(Fault)
    places = range(1, calls + 1)
    yield from ({place: fault} for place in places for fault in faults)
    pairs = list(itertools.combinations(range(1, calls + 4), 2))
    dice = random.Random(scenario.name)
    dice.shuffle(pairs)
    yield from ({one: dice.choice(faults), two: dice.choice(faults)} for one, two in pairs)
    while True:
        spots = dice.sample(range(1, calls + 8), min(calls, dice.randint(3, 6)))
        yield {place: dice.choice(faults) for place in spots}


def run(scenario: Scenario, plan: Plan, *, again: bool, **beneath: Any) -> tuple[Simulation, int]:
    faults = Faults(plan)
    sim = before(scenario, faults, **beneath)
    if again:
        sim.client(lambda: scenario.act(sim))
    else:
        sim.attempt(lambda: scenario.act(sim))
    sim.pump()
    return sim, faults.injected


@pytest.mark.parametrize("name", SCENARIOS)
def test_whatever_dies_nothing_is_lost_or_done_twice(name: str, record_property: Any) -> None:
    scenario = SCENARIOS[name]
    wanted, injected, broken = content(state(name)), 0, []
    for plan in plans(scenario, calls_of(scenario)):
        sim, struck = run(scenario, plan, again=True)
        injected += struck
        if content(sim) != wanted or broken_invariants(sim):
            broken.append((plan, broken_invariants(sim) or sorted(set(content(sim)) ^ set(wanted))[:6]))
        abandoned, struck = run(scenario, plan, again=False)
        injected += struck
        if wrong := broken_invariants(abandoned):
            broken.append((plan, wrong))
        if broken or injected >= WANTED:
            break
    print(f"{name}: {injected} faults injected, {len(broken)} invariants broken")
    record_property("faults", injected)
    assert not broken, f"replay {name} with {broken[0]}"
