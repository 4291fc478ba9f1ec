"""Pages, their cursors, and query parameters that are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.refusals import assert_refused
from tests.support.gateway import SERVICES, Person
from tests.support.operations import Operation, label, named, operations
from tests.support.stage import Stage

GUARDED = [operation for operation in operations() if not operation.is_public]
READERS = {"list_queue": "reviewer", "list_orders": "member", "list_sales": "moderator", "list_accounts": "operator"}
PAGED = [operation for operation in GUARDED if operation.is_paged]


def reader(stage: Stage, operation: Operation) -> Person:
    return stage.people[READERS.get(operation.name, "owner")]


def another(stage: Stage, operation: Operation) -> Person:
    """Somebody else who may read that list."""
    others = {"list_queue": stage.people["second_reviewer"], "list_accounts": Person(groups=("operator",))}
    return others.get(operation.name, stage.people["member" if operation.name == "list_sales" else "moderator"])


@pytest.fixture
def lists(stage: Stage, other_stage: Stage) -> Stage:
    """Every list has two entries or more for its reader."""
    stage.must("circles", "owner", "POST", "/memberships", body={"passcode": other_stage.passcode})
    stage.gateway.deliver()
    for name in ("issue_passcode", "post_note", "add_comment", "offer_listing"):
        assert stage.ask(named(name), stage.people["owner"]).status == 201
    for service in SERVICES:
        stage.gateway.cloud.records(service)
    return stage


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=1000000000", "limit=abc", "limit=1.5", "limit=", "limit=1&limit=2"]
)
@pytest.mark.parametrize("operation", [*PAGED, named("fetch_messages")], ids=label)
def test_a_page_of_no_size_or_of_too_much_is_refused(stage: Stage, operation: Operation, query: str) -> None:
    answer = stage.ask(operation, reader(stage, operation), query=query)
    assert_refused(stage.gateway, operation.service, answer, 422, "invalid", at="limit")


@pytest.mark.parametrize("operation", GUARDED, ids=label)
def test_an_unknown_query_parameter_is_refused_by_name(stage: Stage, operation: Operation) -> None:
    for query, name in (("sort=price", "sort"), ("user_id=me", "user_id"), ("__proto__=", "__proto__"), ("%E8%A7%82=1", "观")):
        answer = stage.ask(operation, reader(stage, operation), query=query)
        assert_refused(stage.gateway, operation.service, answer, 422, "invalid", at=name)


@pytest.mark.parametrize("operation", [named("list_notes"), named("fetch_messages"), named("like_note")], ids=label)
def test_a_thousand_query_parameters_are_refused_not_a_crash(stage: Stage, operation: Operation) -> None:
    answer = stage.ask(operation, reader(stage, operation), query="&".join(f"a{n}=1" for n in range(1000)))
    assert_refused(stage.gateway, operation.service, answer, 422, "invalid")
    assert len(answer.text) < 10_000


def _walk(stage: Stage, operation: Operation, by: Person) -> list[Any]:
    found, query = [], "limit=1"
    while True:
        page = stage.ask(operation, by, query=query).body
        found += page["items"]
        if not page["next_cursor"]:
            return found
        query = f"limit=1&cursor={page['next_cursor']}"


@pytest.mark.parametrize("operation", PAGED, ids=label)
def test_pages_of_one_make_the_whole_list(lists: Stage, operation: Operation) -> None:
    by = reader(lists, operation)
    whole = lists.ask(operation, by, query="limit=100").body
    assert len(whole["items"]) >= 2
    assert whole["next_cursor"] is None
    assert _walk(lists, operation, by) == whole["items"]


@pytest.mark.parametrize("operation", PAGED, ids=label)
def test_a_cursor_serves_its_own_reader_on_its_own_list_only(lists: Stage, operation: Operation) -> None:
    by = reader(lists, operation)
    cursor = lists.ask(operation, by, query="limit=1").body["next_cursor"]
    assert lists.ask(operation, by, query=f"cursor={cursor}").status == 200
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for bad in (flipped, cursor[:-1], cursor + "x", "x", ".", "%00", "eyJwayI6ICJ4In0.x", cursor.rpartition(".")[0]):
        answer = lists.ask(operation, by, query=f"cursor={bad}")
        assert_refused(lists.gateway, operation.service, answer, 400, "bad-request")
    other = another(lists, operation)
    assert_refused(lists.gateway, operation.service, lists.ask(operation, other, query=f"cursor={cursor}"), 400, "bad-request")
    for elsewhere in PAGED:
        if elsewhere != operation:
            answer = lists.ask(elsewhere, by, query=f"cursor={cursor}")
            assert_refused(lists.gateway, elsewhere.service, answer, 400, "bad-request")


def test_a_cursor_of_one_circle_is_none_in_another(lists: Stage, other_stage: Stage) -> None:
    visitor = lists.people["owner"]
    cursor = lists.ask(named("list_notes"), visitor, query="limit=1").body["next_cursor"]
    there = {"circle_id": other_stage.ids["circle_id"]}
    assert lists.ask(named("list_notes"), visitor, ids=there).status == 200
    assert lists.ask(named("list_notes"), visitor, ids=there, query=f"cursor={cursor}").status == 400
