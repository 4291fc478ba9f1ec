"""The README of each service describes its items, events, states and costs as the code has them."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import pytest

from bench.actions import ACTIONS
from bench.measure import measure
from services.review.domain import TRANSITIONS
from services.shared.table.items import Item
from simulation.registry import REGISTRY
from tests.contracts.vocabulary import ROOT
from tests.kill.scenarios import SCENARIOS, after

# Entities whose sort keys are only ids and times: the README shows `<id>`.
ANCHORING = {"HEADS", "ANCHORS"}
UNNAMED_SORT_KEYS = dict.fromkeys(("circles", "chat", "commerce"), ANCHORING)
UNNAMED_SORT_KEYS |= {"review": {"AUDIT", "COUNTED", "FINGERPRINT", "METRICS"} | ANCHORING}
# No scenario changes settings.
SETTINGS_ITEMS = {("SETTINGS", "SETTINGS"), ("SETTINGS", "CHANGE"), ("AUDIT", "")}
# Chat and commerce have removals as their only other audited entities: no scenario anchors them.
ANCHORS = {("HEADS", ""), ("ANCHORS", ""), ("ANCHORED", "NEXT_HOUR")}
# Items of the README that no scenario of the crash tests writes, with the reason.
# No scenario deletes a note or message that a moderator removed.
ENDED, ENDED_CHAT = ("ENDED#CIRCLE", ""), ("ENDED#CIRCLE#ROOM", "")
WITHOUT_SCENARIO: dict[str, set[tuple[str, str]]] = {
    "commerce": (ANCHORS - {("HEADS", "")}) | {("CALL", "CALL")},  # the simulation calls its provider without the guard
    "chat": (ANCHORS - {("HEADS", "")})
    | {("JOBS", "UPDATE_VISIBILITY")}  # no note has hundreds of comments there
    | {("NETWORK", "TICKETS"), ("NETWORK", "CONNECTIONS"), ENDED_CHAT},  # no user asks for many tickets there
    "review": {
        ("COHORT", "WAITLIST"),  # no application is waitlisted there
        ("JOBS", "ERASE_CASE"),  # no case of a deleted author is decided there
    },
    "circles": {
        ("NETWORK", "GUESSES"),  # no passcode is wrong there
        ENDED,
        ("WRONG_GUESSES", ""),
        ("ALARM", ""),
        ("TAG", "SNAPSHOT"),  # no night passes there
        ("BANNED", "CIRCLE"),  # the identity of the banned user is unknown there
        ("TAGS", "MERGES"),
        ("TAGS", "RECOUNT"),  # no recount runs there
        ("CIRCLE", "RECOUNT"),
    },
}


class Kind(NamedTuple):
    """The kind of an item: the constant words of its partition key and of its sort key."""

    partition: str
    sort: str


def readme(service: str) -> str:
    return (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")


def documented_items(service: str) -> set[Kind]:
    """Return the kinds of items in the README: its first code block, with a header and a column for each key."""
    header, *lines = readme(service).split("```")[1].strip("\n").splitlines()
    assert header.startswith("partition key")
    column, partition, kinds = header.index("sort key"), "", set()
    for line in lines:
        partition = words(line[:column].strip()) or partition
        sort = re.split(r"\s{2,}|\s*\|", line[column:])[0] if line[column : column + 1].strip() else ""
        if sort:
            kinds.add(Kind(partition, words(sort)))
    return kinds


def words(key: str) -> str:
    """Return a key without its ids: `CIRCLE#<c>#ROOM#<r>` -> `CIRCLE#ROOM`."""
    return "#".join(part for part in re.sub(r"<[^>]*>", "", key).split("#") if re.fullmatch(r"[A-Z_]+", part))


@cache
def items_of(service: str) -> tuple[Item, ...]:
    """Return all items that the scenarios of the crash tests leave in the service's table."""
    return tuple(item for name in SCENARIOS for item in after(name).tables[service].all_items())


def written(service: str) -> set[Kind]:
    return {kind(service, item["pk"], item["sk"]) for item in items_of(service)}


def kind(service: str, pk: str, sk: str) -> Kind:
    partition = words(pk)
    return Kind(partition, "" if partition.split("#")[0] in UNNAMED_SORT_KEYS.get(service, ()) else words(sk))


def table_rows(service: str, header: str) -> dict[str, list[str]]:
    """Return a Markdown table of the README, by its first column."""
    text = readme(service)
    lines = text[text.index(header) :].splitlines()[2:]
    count = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    cells = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines[:count])
    return {first: rest for first, *rest in cells}


@pytest.mark.parametrize("service", REGISTRY)
def test_a_table_stores_moments_as_milliseconds(service: str) -> None:
    """Sort keys hold RFC 3339 text, which sorts by time; every other attribute holds an integer."""
    texts = {
        f"{kind(service, item['pk'], item['sk'])} {name}"
        for item in items_of(service)
        for name, value in item.items()
        if not name.endswith(("pk", "sk")) and re.match(r"\d{4}-\d\d-\d\dT", str(value))
    }
    assert texts == set()


@pytest.mark.parametrize("service", REGISTRY)
def test_the_readme_names_every_item_and_no_other(service: str) -> None:
    exceptions = WITHOUT_SCENARIO.get(service, set()) | SETTINGS_ITEMS
    assert not written(service) & exceptions, "a scenario writes these now: remove them from the exceptions"
    assert written(service) | exceptions == documented_items(service)


@pytest.mark.parametrize("service", REGISTRY)
def test_the_readme_names_every_event_that_the_service_publishes_and_subscribes_to(service: str) -> None:
    text = re.sub(r"\s+", " ", readme(service))
    out, _, into = re.search(r"\*\*Events out\*\*:(.*?)\*\*(Events )?[Ii]n\*\*:(.*?)(?=\*\*|##|$)", text).groups()  # type: ignore[union-attr]
    known = {event for registered in REGISTRY.values() for event in registered.publications}
    assert events_in(out, known) == set(REGISTRY[service].publications)
    assert events_in(into, known) == {event.name() for event in REGISTRY[service].subscriptions}


def events_in(text: str, known: set[str]) -> set[str]:
    return set(re.findall(r"\b[A-Z]\w+", text)) & known


def test_the_transition_table_of_review_matches_the_code() -> None:
    documented = {
        name.strip(): {state.strip() for state in cells[0].split(",") if state.strip()}
        for names, cells in table_rows("review", "| from | to |").items()
        for name in names.split(",")
    }
    assert documented == {str(before): {str(state) for state in states} for before, states in TRANSITIONS.items()}


def documented_actions() -> list[tuple[str, str]]:
    """Return the rows of the access patterns whose first column is the name of an action of the bench."""
    names = {(action.service, action.name) for action in ACTIONS}
    return [
        (service, row) for service in REGISTRY for row in table_rows(service, "| access pattern") if (service, row) in names
    ]


def units(cell: str) -> float:
    """Return the cost in a cell: the sum of its terms. What follows a semicolon or a comma holds under a condition."""
    unconditional = re.split(r"[;,]", re.sub(r"\(.*?\)|per [\d.]+ KB", "", cell))[0]
    return sum(map(float, re.findall(r"[\d.]+", unconditional)))


@pytest.mark.parametrize(("service", "row"), documented_actions())
def test_a_documented_access_pattern_costs_what_the_readme_says(service: str, row: str) -> None:
    writes, reads = table_rows(service, "| access pattern")[row][:2]
    action = next(action for action in ACTIONS if (action.service, action.name) == (service, row))
    measured = measure(action, 1000)
    assert (measured.writes, measured.reads) == (units(writes), units(reads))


def test_every_service_documents_the_cost_of_measured_actions() -> None:
    documented = documented_actions()
    assert {service: min(5, sum(name == service for name, _ in documented)) for service in REGISTRY} == dict.fromkeys(
        REGISTRY, 5
    )
