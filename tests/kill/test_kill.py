"""Every action fails before and after each of its calls, alone and in pairs, with conflicts and throttles in between.

After the retries that production makes, all items are as without any fault. A run that fails names the plan that repeats it.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from services.commerce.repository.balances import sum_balances
from services.commerce.repository.orders import LINE
from services.review.repository.circle_names import circle_name_key
from services.shared.kernel.ids import ULID_PATTERN, derive_id
from services.shared.security.take_downs import is_down
from services.shared.table.items import Item
from services.shared.table.jobs import JOBS
from simulation.driver import Driver, Faults
from simulation.faults import Fault
from simulation.registry import REGISTRY
from tests.kill.actions import CIRCLE
from tests.kill.coupons import RESERVING, broken_uses
from tests.kill.facts import FACTS, comparable_fact
from tests.kill.files import gave_up_picture, listing_files_in_wrong_places, room_files_in_wrong_places
from tests.kill.scenario import Scenario
from tests.kill.scenarios import SCENARIOS, after, before
from tests.kill.suspicions import broken_fairness
from tests.support.sampling import commit_number

# KILL_FAULTS is the total over all scenarios. So few are not every single fault of a long action: each commit has others.
FAULTS_PER_SCENARIO = -(-int(os.environ.get("KILL_FAULTS", "40000")) // len(SCENARIOS))
# What may differ between a run with retries and one without: random values, versions, counts of attempts.
VOLATILE = {
    "version",
    "retried",  # a mark of a send that was tried again
    "counts",  # of a divided stock: a batch of the stream is one
    "head_version",
    "event_time",
    "requests",
    "correlation_id",
    "audit",
    "audit_head",
    "audit_salt",
    "revision",
    "restored_revision",
    "slots_free_at",
    "hash",
    "entry",
    *("created_at", "joined_at", "ready_at"),
    *("profile_version", "name_version", "circle_version", "source_version"),
}
# The server chooses the ids of notes and comments; the id of a case derives from its subject.
CHOSEN_BY_SERVER = re.compile(f"(note|com|cas)_{ULID_PATTERN}")
# A crash after a slot loses it; each try connects a connection of its own; the rate of a network is counted in samples.
EXCLUDED_SORT_KEYS = ("LIMIT#", "SOCKET#", "SENDS")
EXCLUDED_PARTITIONS = (
    *("MARKER#", "OPEN#", "COUNTED#", "TAG#", "GUESSER#", "REQUESTER#", "UPLOADER#"),
    *("TICKET#", "SOCKET#", "HEADS#", "READER#", "AUDIT#READER#"),
)
SUBSCRIBERS = "S#"

Plan = Mapping[int, Fault]


class Contents:
    """What is in the tables after a run, as text.

    Most items are those from before the action, the same objects in every run: the text of each item is made once.
    """

    def __init__(self) -> None:
        self._texts: dict[int, tuple[Item, str]] = {}  # by the identity of the item, which is stored so that it stays unique

    def of(self, driver: Driver) -> list[str]:
        """Return all items as text, without what random values and retries may change."""
        stored = ((service, item) for service in REGISTRY for item in driver.tables[service].stored_items())
        texts = [text for text in (self._text(service, item) for service, item in stored) if text]
        subscribed = {text for text in texts if f'"{SUBSCRIBERS}' in text}  # each try subscribes a connection of its own
        return sorted([*(text for text in texts if text not in subscribed), *subscribed, *_tags(driver)])

    def _text(self, service: str, item: Item) -> str:
        if id(item) not in self._texts:
            self._texts[id(item)] = item, _text(service, item) if _is_compared(item) else ""
        return self._texts[id(item)][1]


def _is_compared(item: Item) -> bool:
    if item["pk"].startswith(EXCLUDED_PARTITIONS) or item["sk"].startswith(EXCLUDED_SORT_KEYS):
        return False
    return bool(item.get("a")) or not item["pk"].startswith(SUBSCRIBERS)


def _text(service: str, item: Item) -> str:
    comparable = comparable_fact if item["pk"].startswith(FACTS) else _comparable
    return CHOSEN_BY_SERVER.sub(r"\1", json.dumps([service, comparable(item)], sort_keys=True, ensure_ascii=False))


def _tags(driver: Driver) -> list[str]:
    """Return the counters of tags, summed over shards: the position in the stream decides on the shard of a group."""
    totals: Counter[str] = Counter()
    for item in driver.tables["circles"].stored_items():
        if item["pk"].startswith("TAG#"):
            slug = item["pk"].split("#")[1]
            totals.update({f"{slug} {name}": item[name] for name in ("notes", "views") if name in item})
    return [f"{name}: {total}" for name, total in sorted(totals.items())]


def _comparable(item: Item) -> dict[str, Any]:
    attributes = {name: value for name, value in item.items() if name not in VOLATILE}
    if "outbox" in attributes:
        attributes["outbox"] = [pending.partition(":")[0] for pending in attributes["outbox"].split()]
    if attributes.get("gsi2pk", "").startswith("PENDING#"):
        attributes["gsi2sk"] = item["user_id"]  # without the time of joining, which a lock in between postpones
    if attributes.get("state") == "closed":  # deadlines count from when the end of the circle was processed
        attributes = {name: value for name, value in attributes.items() if name not in ("gsi2sk", "due_at")}
    if item["pk"] == JOBS:
        attributes["sk"] = item["sk"].partition("#")[2]  # without the time of the event, which a retry postpones
        attributes["sk"] = attributes["sk"].partition("/")[0]  # nor that of the check of a deletion
    if "DELETION" in (item["sk"], item["pk"].partition("#")[0]):  # a check begins when the schedule first can
        attributes = {name: value for name, value in attributes.items() if name not in ("check", "started_at")}
    if "actors" in item:
        attributes["actors"] = sorted(item["actors"])  # in the order of the versions of their events
    if item["pk"].startswith(SUBSCRIBERS):
        attributes["sk"] = item["sk"].partition("#")[0]  # each try has a connection of its own
    return attributes


def broken_invariants(driver: Driver) -> list[str]:
    """Return the invariants that do not hold. They must hold at every moment, with or without retries."""
    items = {service: table.stored_items() for service, table in driver.tables.items()}
    return [
        *_broken_in_commerce(items["commerce"]),
        *listing_files_in_wrong_places(driver, items["commerce"]),
        *_missing_evidence(driver, items["commerce"]),
        *_broken_in_circles(items["circles"]),
        *_missing_files(driver, items["circles"]),
        *_broken_in_chat(items["chat"]),
        *room_files_in_wrong_places(driver, items["chat"]),
        *_missing_evidence(driver, items["chat"]),
        *_broken_in_review(items["review"]),
    ]


def _broken_in_commerce(items: list[Item]) -> Iterator[str]:
    if sum(sum_balances(items).values()):
        yield "the balances of the ledger do not sum to zero"
    if any(sum(line[1] for line in item["lines"]) for item in items if item["sk"].startswith("ENTRY#")):
        yield "a ledger entry does not sum to zero"
    orders = [item for item in items if item["sk"].startswith("ORDER#")]
    units = {order["id"]: sum(line[LINE.index("quantity")] for line in order["lines"]) for order in orders}
    reserved = sum(units[order["id"]] for order in orders if order["state"] in RESERVING or "returnable_until" in order)
    yield from broken_uses(items, orders)
    yield from broken_fairness(items, orders)
    stock = [number for item in items for name, number in item.items() if name == "stock" or name.startswith("stock_")]
    # One of each listing; scenarios of a listing with options, or with many units, restock it by 1 or 1,000.
    listed = {len(stock)}
    if any("options" in item for item in items):
        listed = {1, 2}
    if any("shards" in item for item in items):
        listed = {1_001, 2_001}
    if stock and sum(stock) + reserved not in listed:
        yield f"{stock} in stock and {reserved} in orders are none of {listed}"


def _broken_in_circles(items: list[Item]) -> Iterator[str]:
    for passcode in (item for item in items if item["pk"].startswith("PASSCODE#")):
        joined = sum(item.get("passcode_id") == passcode["id"] for item in items)
        if joined > passcode["uses"] or passcode["uses"] > passcode["max_uses"]:
            yield f"{joined} joined with a passcode that was used {passcode['uses']} of {passcode['max_uses']} times"


def _missing_files(driver: Driver, items: list[Item]) -> Iterator[str]:
    for item in items:
        if item.get("flaw") == "":
            _, circle_id, author = item["pk"].split("#")
            folders = ("shown", "thumb") if circle_id == CIRCLE else ("shown",)  # an avatar has no thumbnail
            names = {f"{folder}/{circle_id}/{author}/{item['id']}" for folder in folders}
            missing = names - driver.bucket.files.keys()
            if item["id"] in _down_pictures(items):
                yield from (f"{name} is down and can be loaded" for name in names - missing)
                missing = {f"taken_down/{name}" for name in names} - driver.bucket.files.keys()
            yield from (f"{name} of a checked picture is missing" for name in missing)
    yield from _missing_evidence(driver, items)


def _missing_evidence(driver: Driver, items: list[Item]) -> Iterator[str]:
    for item in items:
        if folder := item.get("evidence", {}).get("picture_folder"):
            names = {f"{folder}/{picture}" for picture in item["evidence"]["pictures"]}
            yield from (f"{name} of a report is missing" for name in names - driver.evidence.files.keys())


def _down_pictures(items: list[Item]) -> set[str]:
    """Return the ids of the pictures that are down, alone or with their notes."""
    notes = [item for item in items if item["sk"].startswith("NOTE#")]
    alone = {picture for note in notes for picture, stored in note.get("picture_take_downs", {}).items() if is_down(stored)}
    return alone | {picture["id"] for note in notes if is_down(note) for picture in note["pictures"]}


def _broken_in_chat(items: list[Item]) -> Iterator[str]:
    numbers = [
        item["seq"] for item in items if item["pk"].startswith(f"CIRCLE#{CIRCLE}#ROOM#") and item["sk"].startswith("MSG#")
    ]
    if numbers != sorted(set(numbers)):
        yield f"sequence numbers {numbers}"


def _broken_in_review(items: list[Item]) -> Iterator[str]:
    seats = [item["seat"] for item in items if "seat" in item and item["state"] != "closed"]
    taken = [item["taken"] for item in items if "taken" in item]
    if len(seats) != sum(taken):
        yield f"seats {seats}, but {taken} counted as taken"
    for case in (item for item in items if item["sk"] == "CASE" and "outcome" in item and "surroundings" in item):
        yield f"{case['pk']} is decided and has the surroundings of a message"
    holders = {item["pk"]: item["circle_id"] for item in items if item["sk"] == "CIRCLE_NAME"}
    for tenure in (item for item in items if item["sk"] == "TENURE" and item["circle_name"]):
        if holders.get(circle_name_key(tenure["circle_name"]).pk) != derive_id("cir", tenure["id"]):
            yield f"the name of {tenure['id']} is not reserved, shown as {tenure['shown_name']}"


def calls_of(scenario: Scenario) -> int:
    """Return how many calls the action makes, with all that follows from it."""
    faults = Faults()
    driver = before(scenario, faults)
    driver.call(scenario.action)
    driver.run()
    return faults.calls


def plans(scenario: Scenario, calls: int) -> Iterator[Plan]:
    """Yield every single fault, every pair of calls, then random plans without an end. The order depends on the commit.

    The numbers of calls after a fault shift, so the second fault of a pair can hit a retry. That is intended.
    """
    faults = list(Fault)
    dice = random.Random(f"{scenario.name} {commit_number()}")
    singles = list(itertools.product(range(1, calls + 1), faults))
    dice.shuffle(singles)
    yield from ({number: fault} for number, fault in singles)
    pairs = list(itertools.combinations(range(1, calls + 4), 2))
    dice.shuffle(pairs)
    yield from ({first: dice.choice(faults), second: dice.choice(faults)} for first, second in pairs)
    while True:
        chosen = dice.sample(range(1, calls + 8), min(calls, dice.randint(3, 6)))
        yield {number: dice.choice(faults) for number in chosen}


def run(scenario: Scenario, plan: Plan, *, retries: bool, **wrap_table: Any) -> tuple[Driver, int]:
    """Run an action under a plan of faults; return the driver and how many faults were injected."""
    faults = Faults(plan)
    driver = before(scenario, faults, **wrap_table)
    if retries:
        driver.call(scenario.action)
    else:
        driver.call_once(scenario.action)
    driver.run()
    return driver, faults.injected


@pytest.mark.parametrize("name", SCENARIOS)
def test_after_any_faults_nothing_is_lost_or_done_twice(name: str, record_property: Any) -> None:
    scenario = SCENARIOS[name]
    contents, injected, broken = Contents(), 0, []
    expected = contents.of(after(name))
    for plan in plans(scenario, calls_of(scenario)):
        driver, faults_injected = run(scenario, plan, retries=True)
        injected += faults_injected
        is_other = contents.of(driver) != expected and not gave_up_picture(driver, plan)
        if is_other or broken_invariants(driver):
            broken.append((plan, broken_invariants(driver) or sorted(set(contents.of(driver)) ^ set(expected))[:6]))
        abandoned, faults_injected = run(scenario, plan, retries=False)
        injected += faults_injected
        if invariants := broken_invariants(abandoned):
            broken.append((plan, invariants))
        if broken or injected >= FAULTS_PER_SCENARIO:
            break
    print(f"{name}: {injected} faults injected, {len(broken)} invariants broken")
    record_property("faults", injected)
    assert not broken, f"replay {name} with {broken[0]}"
