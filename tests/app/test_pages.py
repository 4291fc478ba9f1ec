"""Pages, their cursors, and query parameters that are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.api.fixture import Stage
from simulation.api.gateway import SERVICES, Person
from simulation.api.operations import (
    Operation,
    label,
    named,
    operations,
)
from tests.app.refusals import assert_refused

GUARDED = [operation for operation in operations() if not operation.is_public]
READERS = {
    "list_queue": "reviewer",
    "list_cases": "reviewer",
    "list_successions": "reviewer",
    "list_reports": "target",
    "list_orders": "member",
    "list_sales": "moderator",
    "list_accounts": "operator",
}
PAGED = [operation for operation in GUARDED if operation.is_paged]


def reader(stage: Stage, operation: Operation) -> Person:
    return stage.people[READERS.get(operation.name, "owner")]


def another(stage: Stage, operation: Operation) -> Person:
    """Somebody else who may read that list."""
    others = {
        "list_queue": stage.people["second_reviewer"],
        "list_cases": stage.people["second_reviewer"],
        "list_successions": stage.people["second_reviewer"],
        "list_accounts": Person(groups=("operator",)),
    }
    return others.get(operation.name, stage.people["member" if operation.name == "list_sales" else "moderator"])


MORE = {
    "list_passcodes": "issue_passcode",
    "list_notes": "post_note",
    "list_drafts": "create_draft",
    "list_comments": "add_comment",
    "list_listings": "create_listing",
}


def fill(stage: Stage, other_stage: Stage, operation: Operation) -> None:
    """The list has two entries or more for its reader."""
    if operation.name in MORE:
        assert stage.ask(named(MORE[operation.name]), stage.people["owner"]).status == 201
    if operation.name == "list_pending":
        stage.ask(named("set_screening"), stage.people["owner"])
        for newcomer in (Person(), Person()):
            assert stage.ask(named("join_circle"), newcomer).body["state"] == "pending"
        stage.ask(named("stop_screening"), stage.people["owner"])
    if operation.name == "list_teasers":
        for one in (stage, other_stage):
            assert one.ask(named("set_teaser"), one.people["owner"]).status == 200
    if operation.name in ("list_highlights", "list_revisions"):
        _archive_two(stage)
    if operation.name in ("list_circles", "list_own_rooms"):
        stage.must("circles", "owner", "POST", "/memberships", body={"passcode": other_stage.passcode})
        stage.gateway.deliver()
    for service in SERVICES:
        stage.gateway.cloud.records(service)


def _archive_two(stage: Stage) -> None:
    """Of the owner's: two notes in the archive, one of them edited twice."""
    for _ in range(2):
        one = {"note_id": stage.ask(named("post_note"), stage.people["owner"]).body["note_id"]}
        assert stage.ask(named("highlight_note"), stage.people["owner"], ids=one).status == 204
    for number in range(2):
        edit = {"text": f"改第{number}次。", "tags": []}
        assert (
            stage.ask(named("update_note"), stage.people["target"], ids={"note_id": stage.ids["note_id"]}, body=edit).status
            == 200
        )
    stage.gateway.deliver()


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=1000000000", "limit=abc", "limit=1.5", "limit=", "limit=1&limit=2"]
)
@pytest.mark.parametrize("operation", [*PAGED, named("list_messages")], ids=label)
def test_a_page_of_no_size_or_of_too_much_is_refused(stage: Stage, operation: Operation, query: str) -> None:
    answer = stage.ask(operation, reader(stage, operation), query=query)
    assert_refused(stage.gateway, operation.service, answer, 422, "invalid", at="limit")


@pytest.mark.parametrize("operation", GUARDED, ids=label)
def test_an_unknown_query_parameter_is_refused_by_name(stage: Stage, operation: Operation) -> None:
    query = "sort=price&user_id=me&__proto__=&%E8%A7%82=1"
    answer = stage.ask(operation, reader(stage, operation), query=query)
    assert_refused(stage.gateway, operation.service, answer, 422, "invalid")
    assert {field["at"] for field in answer.body["errors"]} == {"sort", "user_id", "__proto__", "观"}


@pytest.mark.parametrize("operation", [named("list_notes"), named("list_messages"), named("like_note")], ids=label)
def test_a_thousand_query_parameters_are_refused_not_a_crash(stage: Stage, operation: Operation) -> None:
    answer = stage.ask(operation, reader(stage, operation), query="&".join(f"a{n}=1" for n in range(1000)))
    assert_refused(stage.gateway, operation.service, answer, 422, "invalid")
    assert len(answer.text) < 10_000


def _walk(stage: Stage, operation: Operation, by: Person, more: str) -> list[Any]:
    found, query = [], f"limit=1{more}"
    while True:
        page = stage.ask(operation, by, query=query).body
        found += page["items"]
        if not page["next_cursor"]:
            return found
        query = f"limit=1{more}&cursor={page['next_cursor']}"


@pytest.mark.parametrize("operation", PAGED, ids=label)
def test_pages_of_one_make_the_whole_list(stage: Stage, other_stage: Stage, operation: Operation) -> None:
    fill(stage, other_stage, operation)
    by = reader(stage, operation)
    more = "&q=%E9%B8%9F%E7%B1%BB" if operation.name == "search_tags" else ""  # there are thousands: those with 鸟类
    whole = stage.ask(operation, by, query=f"limit=100{more}").body
    assert len(whole["items"]) >= 2
    assert whole["next_cursor"] is None
    assert _walk(stage, operation, by, more) == whole["items"]


@pytest.mark.parametrize("operation", PAGED, ids=label)
def test_a_cursor_serves_its_own_reader_on_its_own_list_only(stage: Stage, other_stage: Stage, operation: Operation) -> None:
    fill(stage, other_stage, operation)
    by = reader(stage, operation)
    cursor = stage.ask(operation, by, query="limit=1").body["next_cursor"]
    assert stage.ask(operation, by, query=f"cursor={cursor}").status == 200
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for bad in (flipped, cursor[:-1], cursor + "x", "x", ".", "%00", "eyJwayI6ICJ4In0.x", cursor.rpartition(".")[0]):
        answer = stage.ask(operation, by, query=f"cursor={bad}")
        assert_refused(stage.gateway, operation.service, answer, 400, "bad-request")
    other = another(stage, operation)
    assert_refused(stage.gateway, operation.service, stage.ask(operation, other, query=f"cursor={cursor}"), 400, "bad-request")
    for elsewhere in PAGED:
        if elsewhere != operation:
            answer = stage.ask(elsewhere, by, query=f"cursor={cursor}")
            assert_refused(stage.gateway, elsewhere.service, answer, 400, "bad-request")


def test_a_cursor_of_one_circle_is_none_in_another(stage: Stage, other_stage: Stage) -> None:
    visitor = stage.people["owner"]
    fill(stage, other_stage, named("list_notes"))
    stage.must("circles", "owner", "POST", "/memberships", body={"passcode": other_stage.passcode})
    cursor = stage.ask(named("list_notes"), visitor, query="limit=1").body["next_cursor"]
    there = {"circle_id": other_stage.ids["circle_id"]}
    assert stage.ask(named("list_notes"), visitor, ids=there).status == 200
    assert stage.ask(named("list_notes"), visitor, ids=there, query=f"cursor={cursor}").status == 400
