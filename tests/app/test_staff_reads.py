"""What reviewers and operators read about users: recorded before it is returned, and limited per hour (A7, R12, R16, R17)."""

from __future__ import annotations

import json
from unittest import mock

import pytest

from services.review.settings import settings as review_settings
from services.shared.table.port import Throttled
from simulation.access.roles import routes
from simulation.api.bodies import APPLICATION
from simulation.api.fixture import GRANTED_READS, ApiFixture
from simulation.api.gateway import Response
from simulation.api.operations import Operation, label, named, operations
from simulation.settings import overridden

# Every GET route of review that needs a token, by what it returns to a reviewer or operator.
READS = {
    "recorded": {
        "get_application",
        "get_appeal",
        "get_case",
        "get_sanction_record",
        "get_succession",
        "get_tenure",
        "get_user_record",
        "list_case_pictures",
        "get_dispute_case",
    },
    "own": {"list_applications", "list_reports", "list_take_downs", "get_own_account_status"},  # of the caller
    # No user, and no text of a user except the names of circles. The metrics name reviewers.
    "impersonal": {
        "list_review_queue",
        "list_appeals",
        "list_cases",
        "list_successions",
        "list_dispute_cases",
        "audit_application",
        "get_metrics",
        "get_product_metrics",
        "get_cohort",
        "get_review_settings",
        "get_transparency_report",
    },
}
# What reviewers or operators get from the other services and other users do not: recorded, or not about a user.
OF_OTHERS = {
    "recorded": {"list_users", "get_user_profile", "get_order_by_id", "list_user_orders", "get_dispute_by_id"},
    "impersonal": {
        "list_ledger_accounts",
        "list_payouts_to_approve",
        "get_platform_statement",
        "get_campaign",
        "list_campaigns",
        *(f"get_{service}_settings" for service in ("circles", "chat", "commerce")),
    },
}
OF_REVIEW = [operation for operation in operations() if operation.service == "review" and not operation.is_public]
RECORDED = [one for one in operations() if one.name in READS["recorded"] | OF_OTHERS["recorded"]]
OTHERS = [one for one in OF_REVIEW if one.name not in READS["recorded"] | {"create_application", "create_read_grant"}]
CASES = [(operation, "reviewer") for operation in RECORDED]
FOR_OPERATORS = {"get_application", "get_user_record", *OF_OTHERS["recorded"]}
CASES += [(operation, "operator") for operation in RECORDED if operation.name in FOR_OPERATORS]
STAFF = ("reviewer", "second_reviewer", "third_reviewer", "operator")
recorded = pytest.mark.parametrize(("operation", "persona"), CASES, ids=label)


def access_log(api: ApiFixture, service: str) -> dict[str, tuple[int, str]]:
    """Return the length of each reader's chain, and its last entry."""
    logs = {key: item for key, item in api.gateway.cloud.items(service).items() if key[1] == "ACCESS_LOG"}
    return {pk: (item["audit_length"], item["audit"]) for (pk, _), item in logs.items()}


def new_entries(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    return [entry for pk, (length, entry) in after.items() if length != before.get(pk, (0, ""))[0]]


def private_texts(api: ApiFixture, operation: Operation) -> set[str]:
    """Return what users wrote and who they are, without what the caller's path names."""
    texts = {str(APPLICATION[name]) for name in ("resonance", "circle_definition", "early_building", "plan")}
    texts |= {"林*", *APPLICATION["evidence"], "冒用他人资料。", "今早在江边看到白鹭。"}
    users = {user.user_id for name, user in api.users.items() if name not in STAFF}
    return texts | users - set(api.path_ids(operation).values())


def test_r12_every_get_route_of_review_is_classified() -> None:
    gets = [operation.name for operation in OF_REVIEW if operation.method == "GET"]
    assert sorted(gets) == sorted(name for names in READS.values() for name in names)


def test_a7_every_get_route_of_another_service_that_only_staff_can_call_is_classified() -> None:
    of_staff = {
        one.name
        for one in operations()
        if one.service != "review" and one.method == "GET" and (access := routes().get((one.service, str(one))))
        if access.statuses["stranger"] != 200 in (access.statuses["reviewer"], access.statuses["operator"])
    }
    assert of_staff == OF_OTHERS["recorded"] | OF_OTHERS["impersonal"]
    of_routes = {one.name for one in operations() if one.method == "GET" and one.template.startswith("/staff/")}
    assert of_routes <= READS["recorded"] | of_staff


@recorded
def test_r12_a_read_about_a_user_is_recorded_with_reader_and_subject(
    api: ApiFixture, operation: Operation, persona: str
) -> None:
    before, user = access_log(api, operation.service), api.users[persona]
    assert api.call(operation, user).status == 200
    (entry,) = new_entries(before, access_log(api, operation.service))
    subject = api.path_ids(operation)[operation.ids[-1]] if operation.ids else "users by nickname"
    assert (json.loads(entry)[2], subject in json.loads(entry)[3]) == (user.user_id, True)


GRANTED = {operation.name for operation in RECORDED if operation.name in GRANTED_READS}


def call_granted(api: ApiFixture, operation: Operation, persona: str) -> Response:
    """Get a grant of review if the operation needs one, and call the operation with it."""
    if operation.name not in GRANTED:
        return api.call(operation, api.users[persona])
    subject_id = api.path_ids(operation)[operation.ids[0]] if operation.ids else None
    body = {"read": str(GRANTED_READS[operation.name]), "subject_id": subject_id}
    response = api.call(named("create_read_grant"), api.users[persona], body=body)
    if response.status != 201:
        return response
    return api.call(operation, api.users[persona], query=f"grant={response.body['grant']}")


@recorded
def test_a7_reads_about_users_are_limited_per_hour_over_all_routes_of_all_services(
    api: ApiFixture, operation: Operation, persona: str
) -> None:
    with overridden(review_settings, max_reads_per_hour=1):
        first = "list_users" if operation.name == "list_user_orders" else "list_user_orders"
        if persona == "operator" or operation.name in GRANTED:
            assert call_granted(api, named(first), persona).status == 200
        else:
            assert call_granted(api, named("get_application"), persona).status == 200
        response = call_granted(api, operation, persona)
    assert (response.status, response.code) == (429, "read-limit-reached")
    assert 0 < response.body["retry_after"] <= 3601
    require_nothing_private(api, operation, response)


@pytest.mark.parametrize("grant", ["", "x", "W10.x"])
@pytest.mark.parametrize("name", GRANTED_READS)
def test_a7_a_read_in_another_service_without_a_grant_of_review_returns_nothing(api: ApiFixture, name: str, grant: str) -> None:
    operation, before = named(name), access_log(api, named(name).service)
    response = api.call(operation, api.users["operator"], query=f"grant={grant}")
    assert (response.status, response.code) == (403, "read-grant-invalid")
    require_nothing_private(api, operation, response)
    assert access_log(api, operation.service) == before


def test_a7_a_grant_is_good_for_one_call(api: ApiFixture) -> None:
    operator = api.users["operator"]
    grant = api.call(named("create_read_grant"), operator, body={"read": "users"}).body["grant"]
    statuses = [api.call(named("list_users"), operator, query=f"grant={grant}").status for _ in range(2)]
    assert statuses == [200, 403]


@recorded
def test_r12_a_read_that_is_not_recorded_returns_nothing(api: ApiFixture, operation: Operation, persona: str) -> None:
    """The record is stored before the response: without it there is none."""
    with mock.patch("services.shared.security.access_logs.update", side_effect=Throttled):
        response = api.call(operation, api.users[persona])
    assert response.status >= 500
    require_nothing_private(api, operation, response)


@pytest.mark.parametrize("persona", STAFF)
@pytest.mark.parametrize("operation", OTHERS, ids=label)
def test_r12_no_other_route_returns_anything_about_a_user(api: ApiFixture, operation: Operation, persona: str) -> None:
    """Also no act, such as a second decision of the same case or a rejection of a sanction that is not pending."""
    for _ in range(2):
        require_nothing_private(api, operation, api.call(operation, api.users[persona]))
    changed = [record["dynamodb"]["Keys"]["sk"]["S"] for record in api.gateway.cloud.records("review")]
    assert "ACCESS_LOG" not in changed


def require_nothing_private(api: ApiFixture, operation: Operation, response: Response) -> None:
    text = json.dumps(response.body, ensure_ascii=False)
    assert [private for private in private_texts(api, operation) if private in text] == []
