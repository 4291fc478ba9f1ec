"""Callers without a valid token on each route, and the few rules that the access matrix does not contain.

`test_access.py` has each route with each role and each status.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from services import SERVICES
from simulation.access.roles import routes
from simulation.api.fixture import ApiFixture, sign_identity
from simulation.api.gateway import ApiUser, Gateway, Response, new_idempotency_key
from simulation.api.operations import Operation, named, operations

SIGNED = {"commerce": {"POST /payment-events"}}  # without a token, but with the provider's signature
SIGNED_OUT = ("anonymous", "id_token")
ROUTES = routes()
GUARDED = [operation for operation in operations() if not operation.is_public]
DENIED = [pytest.param(operation, persona, id=f"{operation.name}-{persona}") for operation in GUARDED for persona in SIGNED_OUT]


@pytest.mark.parametrize("service", SERVICES)
def test_only_health_and_the_openapi_document_need_no_token(service: str) -> None:
    """The gateway has the same public routes: tests/infra asserts it of the templates."""
    assert {str(operation) for operation in operations() if operation.service == service and operation.is_public} == {
        f"GET /health/{service}",
        f"GET /openapi/{service}.json",
    } | SIGNED.get(service, set())


@pytest.mark.parametrize(("operation", "persona"), DENIED)
def test_a_request_without_a_valid_token_gets_401(api: ApiFixture, operation: Operation, persona: str) -> None:
    response = api.call(operation, api.user(persona))
    assert (response.status, response.code) == (401, "unauthorized")
    _require_problem_without_write(api, operation, response)


@pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation.name)
def test_a3_a_suspended_user_gets_403_with_the_reason_on_every_route_that_is_not_about_their_account(
    api: ApiFixture, operation: Operation
) -> None:
    """Their token is of before the suspension. A 401 would send an app to the sign-in, again and again."""
    response = api.call(operation, api.users["suspended"])
    if ROUTES[operation.service, str(operation)].kind == "account":
        assert response.status not in (401, 403)
        return
    assert (response.status, response.code) == (403, "account-suspended")
    facts = {name: response.body.get(name) for name in ("level", "violation", "violation_text", "until", "appeal")}
    assert facts == {
        "level": "suspended",
        "violation": "impersonation",
        "violation_text": {"en": "Impersonation of a person or of the platform", "zh_cn": "冒充他人或官方"},
        "until": None,
        "appeal": "/v1/me/account-status",
    }
    _require_problem_without_write(api, operation, response)


@pytest.mark.parametrize("operation", [one for one in operations() if one.is_public and one.method == "GET"], ids=str)
def test_public_routes_respond_to_all_callers(gateway: Gateway, operation: Operation) -> None:
    for user in (None, ApiUser(), ApiUser(token_use="id")):
        assert gateway.call(operation.service, operation.method, operation.template, by=user).status == 200


@pytest.mark.parametrize("name", ["list_applications", "list_circles", "list_own_rooms"])
def test_a_token_issued_before_a_suspension_stays_invalid_after_it_is_lifted(api: ApiFixture, name: str) -> None:
    user = api.users["suspended"]
    path = f"/users/{user.user_id}/sanction/lifting"
    api.call_path("review", "reviewer", "POST", path, body={"reason": "误判。", "mistake": True})
    pending = api.call_path("review", "second_reviewer", "GET", f"/users/{user.user_id}/sanction-record")["pending"]
    ratified = f"/users/{user.user_id}/sanction/ratification"
    api.call_path("review", "second_reviewer", "POST", ratified, body={"proposal_id": pending["proposal_id"]})
    api.gateway.run_streams()
    assert api.call(named(name), user).code == "access-revoked"
    later = user.issued_at + 3600
    refreshed = ApiUser(user.user_id, issued_at=later, auth_time=user.issued_at)
    assert api.call(named(name), refreshed).status == 401, "a refreshed token is of the sign-in before the suspension"
    assert api.call(named(name), ApiUser(user.user_id, issued_at=later)).status == 200


STAFF_ROUTES = [
    pytest.param(operation, role, id=operation.name)
    for operation in GUARDED
    for statuses in [ROUTES[operation.service, str(operation)].statuses]
    for role in ("operator", "reviewer")
    if statuses["stranger"] == 403 and statuses[role] < 300
]


@pytest.mark.parametrize(("operation", "role"), STAFF_ROUTES)
def test_a1_a_staff_route_is_denied_to_staff_without_a_second_factor_or_with_the_members_client(
    api: ApiFixture, operation: Operation, role: str
) -> None:
    staff = replace(api.users[role], staff_sign_in=False)
    response = api.call(operation, staff)
    assert (response.status, response.code) == (403, "staff-sign-in-required")
    assert "authenticator app" in response.body["next_step"]
    _require_problem_without_write(api, operation, response)


def test_a1_staff_without_a_staff_sign_in_see_of_others_what_a_stranger_sees(api: ApiFixture) -> None:
    for role in ("reviewer", "operator"):
        staff = replace(api.users[role], staff_sign_in=False)
        for name in ("get_application", "get_succession"):
            stranger = api.call(named(name), api.users["stranger"])
            assert api.call(named(name), staff).comparable == stranger.comparable


def test_a1_signing_out_everywhere_ends_the_sign_in_in_every_service(api: ApiFixture) -> None:
    user = api.users["member"]
    assert api.call(named("sign_out_everywhere"), user).status == 204
    response = api.call(named("list_circles"), user)
    assert (response.status, response.code) == (401, "sign-in-ended")
    again = api.call(named("sign_out_everywhere"), user, headers={"accept-language": "zh-CN"})
    assert (again.status, again.body["next_step"]) == (401, "请重新登录")
    api.gateway.run_streams()
    now = int(time.time())
    refreshed = ApiUser(user.user_id, issued_at=now + 60, auth_time=user.issued_at)
    for name in ("list_circles", "list_own_rooms", "list_orders", "list_applications"):
        assert api.call(named(name), user).status == api.call(named(name), refreshed).status == 401
        assert api.call(named(name), ApiUser(user.user_id, issued_at=now + 60)).status == 200
        assert api.call(named(name), api.users["owner"]).status == 200


def _require_problem_without_write(api: ApiFixture, operation: Operation, response: Response) -> None:
    """An error is a problem document, and nothing is written."""
    if response.status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.body["status"] == response.status
        assert api.gateway.cloud.records(operation.service) == []


# R4: two different people decide, by whichever route.


def _decide(api: ApiFixture, by: ApiUser, application_id: str) -> Response:
    api.call(named("claim_application"), by, ids={"application_id": application_id})
    return api.call(named("decide_application"), by, ids={"application_id": application_id})


def test_r4_the_same_person_decides_only_once(api: ApiFixture) -> None:
    one = api.applications["claimed"]
    assert _decide(api, api.users["reviewer"], one).status == 201
    again = _decide(api, api.users["reviewer"], one)
    assert (again.status, again.code) == (403, "second-reviewer-required")
    assert _decide(api, api.users["second_reviewer"], one).body["state"] == "active"


def test_r4_a_second_account_of_the_same_person_cannot_decide(api: ApiFixture) -> None:
    second_account = api.add_user("second_account", "reviewer")
    path = f"/reviewers/{second_account.user_id}"
    token = api.real_name_token(api.users["reviewer"], "rui")
    api.call_path("review", "operator", "PUT", f"/reviewers/{api.users['reviewer'].user_id}", body={"real_name_token": token})
    api.call_path("review", "operator", "PUT", path, body={"real_name_token": api.real_name_token(second_account, "rui")})
    assert _decide(api, api.users["reviewer"], api.applications["claimed"]).status == 201
    response = _decide(api, second_account, api.applications["claimed"])
    assert (response.status, response.code) == (403, "second-reviewer-required")


@pytest.mark.parametrize("account", ["own", "second"])
def test_r4_no_applicant_decides_on_their_own_application(api: ApiFixture, account: str) -> None:
    applicant = api.users["second_applicant"]
    reviewer = ApiUser(applicant.user_id if account == "own" else api.users["stranger"].user_id, ("reviewer",))
    path = f"/reviewers/{reviewer.user_id}"
    token = api.real_name_token(reviewer, "second_applicant")
    api.call_path("review", "operator", "PUT", path, body={"real_name_token": token})
    for operation in ("claim_application", "decide_application"):
        response = api.call(named(operation), reviewer, ids={"application_id": api.applications["submitted"]})
        assert (response.status, response.code) == (403, "conflict-of-interest")


def test_r4_promotion_to_operator_changes_nothing(api: ApiFixture) -> None:
    one, reviewer = api.applications["claimed"], api.users["reviewer"]
    assert _decide(api, reviewer, one).status == 201
    promoted = ApiUser(reviewer.user_id, ("reviewer", "operator"))
    response = _decide(api, promoted, one)
    assert (response.status, response.code) == (403, "second-reviewer-required")


def test_r4_a_group_in_the_token_alone_is_not_enough_to_review(api: ApiFixture) -> None:
    response = _decide(api, ApiUser(groups=("reviewer", "operator")), api.applications["submitted"])
    assert (response.status, response.code) == (403, "reviewer-not-enrolled")


# C11: no member raises their own role.


@pytest.mark.parametrize("persona", ["owner", "moderator", "member"])
def test_c11_no_member_changes_their_own_role(api: ApiFixture, persona: str) -> None:
    own = {"user_id": api.users[persona].user_id}
    headers = {"if-match": f'"{api.read_etag(named("set_role"), own)}"'}
    for role in ("moderator", "member"):
        response = api.call(named("set_role"), api.users[persona], ids=own, body={"role": role}, headers=headers)
        assert (response.status, response.code) == (403, "role-not-allowed")
    raised = api.call(named("set_role"), api.users["owner"], body={"role": "owner"})
    assert raised.status == 422


@pytest.mark.parametrize("above", ["owner", "moderator"])
def test_c11_a_moderator_cannot_sanction_an_owner_or_another_moderator(api: ApiFixture, above: str) -> None:
    target = {"user_id": api.users[above].user_id}
    if above == "moderator":
        other = api.users["target"]
        api.call(named("set_role"), api.users["owner"], body={"role": "moderator"})
        assert api.call(named("accept_role"), other, body={"role": "moderator"}).status == 200
        target = {"user_id": other.user_id}
    for kind in ("kick", "ban"):
        body = {"kind": kind, "reason": "想抢位置。"}
        assert api.call(named("impose_member_sanction"), api.users["moderator"], ids=target, body=body).status == 403


@pytest.mark.parametrize("groups", [("not-operator",), ("operators", "OPERATOR"), ("admin", "owner")])
def test_an_unknown_group_gives_no_permission(gateway: Gateway, groups: tuple[str, ...]) -> None:
    account = ApiUser()
    path, body = f"/reviewers/{account.user_id}", {"real_name_token": sign_identity(account.user_id, "someone")}
    for by, status in (groups, 403), (("reviewer", "operator"), 204):
        key = new_idempotency_key()
        assert gateway.call("review", "PUT", path, by=ApiUser(groups=by), body=body, key=key).status == status
