"""C3: what one may not see answers exactly like what does not exist, to the last header and the last table call.

The routes come from the OpenAPI documents, so none can be forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from simulation.api.fixture import Stage, unknown_ids
from simulation.api.gateway import Person
from simulation.api.operations import (
    Operation,
    label,
    named,
    operations,
)
from simulation.api.tracing import traced

OF_CIRCLES = [operation for operation in operations() if "circle_id" in operation.ids]
OF_APPLICATIONS = [operation for operation in operations() if "application_id" in operation.ids]
INSIDE = [
    pytest.param(operation, name, id=f"{operation.name}-{name}")
    for operation in OF_CIRCLES
    for name in operation.ids
    if name not in ("circle_id", "index", "tag")
]
TELLS_WHO_LEFT = {"place_order"}  # M3: at checkout, whoever was in is told that they are out


@dataclass(frozen=True)
class Seen:
    """All that an outsider, or somebody with a clock, could see of one request."""

    answer: tuple[int, dict[str, str], Any]
    calls: list[str]
    written: int
    found: list[int] = field(compare=False)  # whoever was in has a row that says so: alike for strangers alone


def look(stage: Stage, operation: Operation, by: Person, ids: dict[str, str], **how: Any) -> Seen:
    ids = {**stage.place(operation), **ids}
    names = {name: value for name, value in ids.items() if name not in ("index", "tag")}
    stage.gateway.cloud.records(operation.service)
    with traced(operation.service, {**names, "me": by.user_id}) as trace:
        answer = stage.ask(operation, by, ids=ids, **how)
    return Seen(answer.lasting, trace.calls, len(stage.gateway.cloud.records(operation.service)), trace.found)


@pytest.fixture
def elsewhere(other_stage: Stage, stage: Stage) -> dict[str, str]:
    """Ids of that other circle, none of them on the first stage."""
    return other_stage.ids


@pytest.mark.parametrize("persona", ["stranger", "kicked", "banned", "operator"])
@pytest.mark.parametrize("operation", OF_CIRCLES, ids=label)
def test_c3_a_real_circle_looks_like_none_to_who_is_not_in_it(stage: Stage, operation: Operation, persona: str) -> None:
    person = stage.people[persona]
    if operation.name in TELLS_WHO_LEFT and persona in ("kicked", "banned"):
        assert stage.ask(operation, person).code == "no-longer-a-member"
        return
    real = look(stage, operation, person, {})
    unknown = look(stage, operation, person, unknown_ids())
    only_the_circle_unknown = look(stage, operation, person, {"circle_id": unknown_ids()["circle_id"]})
    assert real.answer[0] == 404
    assert real == unknown == only_the_circle_unknown
    if persona in ("stranger", "operator"):
        assert real.found == unknown.found == only_the_circle_unknown.found
    assert real.written == 0
    assert len(real.calls) > 1, "the trace must have seen the table"


@pytest.mark.parametrize("operation", [one for one in OF_CIRCLES if one.name not in TELLS_WHO_LEFT], ids=label)
def test_c3_who_left_sees_no_more_than_who_never_came(stage: Stage, operation: Operation) -> None:
    member = stage.people["member"]
    stage.must("circles", "member", "DELETE", f"/circles/{stage.ids['circle_id']}/membership")
    if operation.service != "circles":
        stage.gateway.deliver()
    assert look(stage, operation, member, {}) == look(stage, operation, member, unknown_ids())


@pytest.mark.parametrize(("operation", "name"), INSIDE)
def test_c3_what_lies_in_another_circle_looks_like_nothing_from_this_one(
    stage: Stage, elsewhere: dict[str, str], operation: Operation, name: str
) -> None:
    """The owner may do everything here, and still reaches nothing there by naming it under this circle."""
    owner = stage.people["owner"]
    foreign = look(stage, operation, owner, {name: elsewhere[name]})
    unknown = look(stage, operation, owner, {name: unknown_ids()[name]})
    assert foreign.answer[0] == 404
    assert (foreign.answer, foreign.calls) == (unknown.answer, unknown.calls)
    assert stage.gateway.sockets.pushes == {}


@pytest.mark.parametrize("name", ["add_comment", "post_note"])
def test_c3_ids_in_bodies_reach_no_further_than_ids_in_paths(stage: Stage, elsewhere: dict[str, str], name: str) -> None:
    owner, random = stage.people["owner"], unknown_ids()
    picture = stage.must("circles", "member", "POST", f"/circles/{stage.ids['circle_id']}/pictures", body=PICTURE)["picture_id"]
    stage.gateway.cloud.records("circles")
    bodies: dict[str, list[Any]] = {
        "add_comment": [{"text": "好。", "parent_id": one} for one in (elsewhere["comment_id"], random["comment_id"])],
        "post_note": [{"text": "好。", "pictures": [one]} for one in (picture, random["picture_id"])],
    }
    foreign, unknown = (look(stage, named(name), owner, {}, body=body) for body in bodies[name])
    assert foreign.answer == unknown.answer
    assert foreign.answer[0] == {"add_comment": 404, "post_note": 422}[name]
    assert foreign.written == unknown.written == 0


PICTURE = {"type": "image/png", "size": 100}


@pytest.mark.parametrize("persona", ["member", "stranger"])
@pytest.mark.parametrize("operation", OF_APPLICATIONS, ids=label)
@pytest.mark.parametrize("state", ["draft", "submitted", "claimed"])
def test_somebody_elses_application_looks_like_none(stage: Stage, operation: Operation, state: str, persona: str) -> None:
    person = stage.people[persona]
    real = look(stage, operation, person, {"application_id": stage.applications[state]})
    assert real == look(stage, operation, person, unknown_ids())
    assert real.answer[0] in (403, 404)


def test_c10_a_banned_person_with_a_fresh_code_is_answered_as_with_a_wrong_one(stage: Stage) -> None:
    banned, stranger = stage.people["banned"], stage.people["stranger"]
    right = stage.ask(named("join_circle"), banned)
    wrong = stage.ask(named("join_circle"), stranger, body={"passcode": "0000-0000-0000"})
    assert (right.status, right.code) == (404, "passcode-rejected")
    assert right.lasting == wrong.lasting


def test_c3_lists_of_ones_own_name_nothing_of_others(stage: Stage, elsewhere: dict[str, str]) -> None:
    for persona in ("stranger", "kicked", "banned"):
        for name in ("list_circles", "list_own_rooms", "list_applications"):
            assert stage.ask(named(name), stage.people[persona]).body == {"items": [], "next_cursor": None}
    mine = stage.ask(named("list_circles"), stage.people["member"]).body["items"]
    assert [circle["circle_id"] for circle in mine] == [stage.ids["circle_id"]]


def test_c3_the_feed_shows_nothing_that_was_removed(stage: Stage) -> None:
    assert stage.ask(named("remove_note"), stage.people["moderator"]).status == 204
    member = stage.people["member"]
    assert [note["note_id"] for note in stage.ask(named("list_notes"), member).body["items"]] == [stage.ids["own_note"]]
    removed, unknown = look(stage, named("get_note"), member, {}), look(stage, named("get_note"), member, unknown_ids())
    assert removed.answer[0] == 404
    assert unknown.answer == removed.answer
