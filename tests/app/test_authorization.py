"""Every route of every service x everybody who may knock. The routes come from the OpenAPI documents, the answers from
`matrix.py`; a route that is missing in either fails."""

from __future__ import annotations

import pytest

from infra.build import SERVICES
from simulation.api.fixture import Stage, signed
from simulation.api.gateway import Answer, Gateway, Person
from simulation.api.operations import Operation, named, operations
from tests.app.matrix import PUBLIC, SIGNED, SIGNED_OUT, expected

TABLE = expected()
GUARDED = [operation for operation in operations() if not operation.is_public]
CELLS = [
    pytest.param(operation, persona, status, id=f"{operation.name}-{persona}")
    for operation in GUARDED
    for persona, status in TABLE.get((operation.service, str(operation)), {"stranger": 0}).items()
]
SHUT = [pytest.param(operation, persona, id=f"{operation.name}-{persona}") for operation in GUARDED for persona in SIGNED_OUT]
IN_CIRCLES = [cell for cell in CELLS if "circle_id" in cell.values[0].ids]
ELSEWHERE = [cell for cell in CELLS if "circle_id" not in cell.values[0].ids]


def test_the_matrix_has_every_route_of_every_document_and_no_other() -> None:
    assert {operation.service for operation in operations()} == set(SERVICES)
    assert {(operation.service, str(operation)) for operation in GUARDED} == TABLE.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_only_health_and_the_description_need_no_token(service: str) -> None:
    """The gateway opens the same doors: tests/infra asserts it of the templates."""
    assert {
        str(operation) for operation in operations() if operation.service == service and operation.is_public
    } == PUBLIC | SIGNED.get(service, set())


@pytest.mark.parametrize(("operation", "persona", "status"), IN_CIRCLES)
def test_c11_inside_a_circle_each_role_may_what_the_matrix_says(
    stage: Stage, operation: Operation, persona: str, status: int
) -> None:
    answer = stage.ask(operation, stage.persona(persona))
    assert answer.status == status, answer
    _refused_without_a_trace(stage, operation, answer)


@pytest.mark.parametrize(("operation", "persona", "status"), ELSEWHERE)
def test_each_route_answers_each_person_as_the_matrix_says(
    stage: Stage, operation: Operation, persona: str, status: int
) -> None:
    answer = stage.ask(operation, stage.persona(persona))
    assert answer.status == status, answer
    _refused_without_a_trace(stage, operation, answer)


@pytest.mark.parametrize(("operation", "persona"), SHUT)
def test_who_has_no_good_token_gets_nowhere(stage: Stage, operation: Operation, persona: str) -> None:
    answer = stage.ask(operation, stage.persona(persona))
    assert (answer.status, answer.code) == (401, "unauthorized")
    _refused_without_a_trace(stage, operation, answer)


@pytest.mark.parametrize(
    "operation", [one for one in operations() if str(one) in PUBLIC], ids=lambda one: f"{one.service}-{one.name}"
)
def test_public_routes_answer_everybody(gateway: Gateway, operation: Operation) -> None:
    for person in (None, Person(), Person(token_use="id")):
        assert gateway.call(operation.service, operation.method, operation.template, by=person).status == 200


@pytest.mark.parametrize("name", ["list_applications", "list_circles", "list_own_rooms"])
def test_a_token_from_before_a_suspension_stays_void_after_it_ends(stage: Stage, name: str) -> None:
    person = stage.people["suspended"]
    path = f"/people/{person.user_id}/sanction/lifting"
    stage.must("review", "reviewer", "POST", path, body={"reason": "误判。", "mistake": True})
    pending = stage.must("review", "second_reviewer", "GET", f"/people/{person.user_id}")["pending"]
    ratified = f"/people/{person.user_id}/sanction/ratification"
    stage.must("review", "second_reviewer", "POST", ratified, body={"proposal_id": pending["proposal_id"]})
    stage.gateway.deliver()
    assert stage.ask(named(name), person).status == 401
    fresh = Person(person.user_id, issued_at=person.issued_at + 3600)
    assert stage.ask(named(name), fresh).status == 200


def _refused_without_a_trace(stage: Stage, operation: Operation, answer: Answer) -> None:
    """A refusal is a problem document and leaves nothing in the table."""
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.body["status"] == answer.status
        assert stage.gateway.cloud.records(operation.service) == []


# R4: two different people, whatever the way in.


def _decide(stage: Stage, by: Person, application_id: str) -> Answer:
    stage.ask(named("claim_application"), by, ids={"application_id": application_id})
    return stage.ask(named("decide_application"), by, ids={"application_id": application_id})


def test_r4_the_same_person_decides_only_once(stage: Stage) -> None:
    one = stage.applications["claimed"]
    assert _decide(stage, stage.people["reviewer"], one).status == 201
    again = _decide(stage, stage.people["reviewer"], one)
    assert (again.status, again.code) == (403, "same-person-twice")
    assert _decide(stage, stage.people["second_reviewer"], one).body["state"] == "active"


def test_r4_a_second_account_of_the_same_person_cannot_decide(stage: Stage) -> None:
    twin = stage.person("twin", "reviewer")
    path = f"/reviewers/{twin.user_id}"
    mine = stage.verified(stage.people["reviewer"], "rui")
    stage.must("review", "operator", "PUT", f"/reviewers/{stage.people['reviewer'].user_id}", body={"real_name_token": mine})
    stage.must("review", "operator", "PUT", path, body={"real_name_token": stage.verified(twin, "rui")})
    assert _decide(stage, stage.people["reviewer"], stage.applications["claimed"]).status == 201
    answer = _decide(stage, twin, stage.applications["claimed"])
    assert (answer.status, answer.code) == (403, "same-person-twice")


@pytest.mark.parametrize("account", ["own", "second"])
def test_r4_no_applicant_decides_on_their_own_application(stage: Stage, account: str) -> None:
    owner = stage.people["owner"]
    judge = Person(owner.user_id if account == "own" else stage.people["stranger"].user_id, ("reviewer",))
    path = f"/reviewers/{judge.user_id}"
    stage.must("review", "operator", "PUT", path, body={"real_name_token": stage.verified(judge, "another")})
    for operation in ("claim_application", "decide_application"):
        answer = stage.ask(named(operation), judge, ids={"application_id": stage.applications["submitted"]})
        assert (answer.status, answer.code) == (403, "not-independent")


def test_r4_promotion_to_operator_changes_nothing(stage: Stage) -> None:
    one, reviewer = stage.applications["claimed"], stage.people["reviewer"]
    assert _decide(stage, reviewer, one).status == 201
    promoted = Person(reviewer.user_id, ("reviewer", "operator"))
    answer = _decide(stage, promoted, one)
    assert (answer.status, answer.code) == (403, "same-person-twice")


def test_r4_a_group_in_the_token_alone_makes_no_reviewer(stage: Stage) -> None:
    answer = _decide(stage, Person(groups=("reviewer", "operator")), stage.applications["submitted"])
    assert (answer.status, answer.code) == (403, "not-enrolled")


# C11: no role raises itself.


@pytest.mark.parametrize("persona", ["owner", "moderator", "member"])
def test_c11_nobody_changes_their_own_role(stage: Stage, persona: str) -> None:
    own = {"user_id": stage.people[persona].user_id}
    for role in ("moderator", "member"):
        answer = stage.ask(named("set_role"), stage.people[persona], ids=own, body={"role": role})
        assert (answer.status, answer.code) == (403, "role-not-allowed")
    raised = stage.ask(named("set_role"), stage.people["owner"], body={"role": "owner"})
    assert raised.status == 422


@pytest.mark.parametrize("above", ["owner", "moderator"])
def test_c11_a_moderator_has_no_power_upwards_or_sideways(stage: Stage, above: str) -> None:
    target = {"user_id": stage.people[above].user_id}
    if above == "moderator":
        other = stage.people["target"]
        stage.ask(named("set_role"), stage.people["owner"], body={"role": "moderator"})
        target = {"user_id": other.user_id}
    for kind in ("kick", "ban"):
        body = {"kind": kind, "reason": "想抢位置。"}
        assert stage.ask(named("impose_member_sanction"), stage.people["moderator"], ids=target, body=body).status == 403


@pytest.mark.parametrize("groups", [("not-operator",), ("operators", "OPERATOR"), ("admin", "owner")])
def test_a_group_that_only_looks_like_one_of_ours_gives_nothing(gateway: Gateway, groups: tuple[str, ...]) -> None:
    account = Person()
    path, body = f"/reviewers/{account.user_id}", {"real_name_token": signed(account.user_id, "someone")}
    assert gateway.call("review", "PUT", path, by=Person(groups=groups), body=body).status == 403
    assert gateway.call("review", "PUT", path, by=Person(groups=("reviewer", "operator")), body=body).status == 204
