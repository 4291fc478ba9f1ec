"""Every changing route has a rate limit per user, or a reason why it needs none; a repeat costs no more than the first try."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from services.commerce.repository.reservations import open_key
from services.shared.table.items import Key
from services.shared.table.rate_limits import limit_key
from simulation.access.roles import routes
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import new_idempotency_key
from simulation.api.moto_cloud import service_module
from simulation.api.operations import Operation, label, named, operations
from simulation.meter import Cost, MeteredTable
from simulation.settings import SETTINGS
from tests.app.problems import assert_problem
from tests.app.test_keys import caller_of, prepare

ROUTES = routes()
CHANGING = {operation.name: operation for operation in operations() if operation.method != "GET"}
ONCE, UNDONE = "it has an effect once", "it undoes an action that has a rate limit"
BOUNDED = {
    **dict.fromkeys(("submit_application", "withdraw_application", "accept_succession", "decide_succession"), ONCE),
    **dict.fromkeys(("ratify_sanction", "reject_sanction", "decide_case", "activate_circle", "approve_member"), ONCE),
    **dict.fromkeys(("quarantine_passcode", "revoke_passcode", "delete_draft", "ship_order"), ONCE),
    **dict.fromkeys(("cancel_payout", "approve_payout", "reject_payout"), ONCE),
    **dict.fromkeys(("decide_return", "send_return", "receive_return", "withdraw_return"), ONCE),
    **dict.fromkeys(("answer_dispute", "withdraw_dispute", "ratify_ruling"), ONCE),
    **dict.fromkeys(("propose_ruling", "reject_ruling"), "a reviewer without a conflict rules on a dispute that waits"),
    **dict.fromkeys(("cancel_order", "correct_shipment"), ONCE),
    **dict.fromkeys(("delete_note", "remove_note", "delete_comment", "remove_comment"), ONCE),
    **dict.fromkeys(("recall_message", "remove_message"), ONCE),
    **dict.fromkeys(("accept_role", "decline_role"), "it has an effect once per proposal, which has a rate limit"),
    "withdraw_deletion": "it undoes a request, which has a rate limit",
    "delete_address": UNDONE,
    "end_coupon": "it undoes the issue of a coupon, which has a rate limit",
    "withdraw_listing": "it undoes a change of the listing, which has a rate limit",
    **dict.fromkeys(("confirm_receipt", "appeal_application", "appeal_sanction", "appeal_take_down"), ONCE),
    "decide_appeal": "a reviewer decides an appeal once",
    **dict.fromkeys(("decide_application", "decide_applications"), "a reviewer decides an application once, with a claim"),
    "verify_identity": "it changes something only if the verifier signs another identity",
    **dict.fromkeys(("release_claim", "dismiss_reviewer", "stop_screening", "delete_teaser", "reopen_circle"), UNDONE),
    "withdraw_ownership_offer": UNDONE,
    "sign_out_everywhere": "the token of the request ends with it, and the issuer limits sign-ins",
    "withdraw_campaign_consent": UNDONE,
    "stop_campaign": ONCE,
    "check_in": "it has an effect once a day",
    "make_up_day": "it has an effect once a month",
    "record_views": "it has an effect once per note and day, and once in 10 minutes",
    "like_note": "a note is liked once; unliking it has a rate limit",
    "mark_read": "the marker only moves forwards to a message that exists",
    "mark_notifications_read": "the marker only moves forwards, at most to now",
    "delete_push_subscription": UNDONE,
}
COUNTED = {  # with a limit of their own, which other tests check
    "send_message": "the rate limit is on the membership's item",
    "join_circle": "the rate limit is on the item of the user's attempts",
    "claim_coupon_by_code": "the rate limit is on the item of the user's attempts",
    "request_to_join": "the requests of a day are counted",
    "create_campaign": "a circle starts one campaign per pause",
    **dict.fromkeys(("claim_application", "hand_over_claim", "extend_claim"), "the leases on an application are counted"),
    "request_information": "the questions about an application are counted, and each needs a claim",
    "create_read_grant": "the reads of an hour are counted",
    "answer_screening": "only a pending member can answer",
    "handle_webhook_event": "only the payment provider can sign it",
}
LIMITED = [operation for name, operation in CHANGING.items() if name not in BOUNDED | COUNTED]
BEFORE = {  # what makes the action change something
    "unpin_note": "pin_note",
    "unhighlight_note": "highlight_note",
    "unlike_note": "like_note",
    "unblock_user": "block_user",
    "unpin_message": "pin_message",
    "unhighlight_message": "highlight_message",
    "remove_reaction": "add_reaction",
    "offer_ownership": "withdraw_ownership_offer",
}


def personas(operation: Operation) -> list[str]:
    return [name for name, status in ROUTES[operation.service, str(operation)].statuses.items() if status < 300]


def exhaust(api: ApiFixture, operation: Operation, persona: str) -> int:
    """Use all slots of a user for more than an hour, and return after how many seconds exactly one is free."""
    user_id, table = api.users[persona].user_id, service_module("wiring", operation.service).table()
    settings = SETTINGS[operation.service]()
    for kind in (name.removesuffix("_burst") for name in type(settings).model_fields if name.endswith("_burst")):
        if not hasattr(settings, f"{kind}_interval") or kind == "send":
            continue
        rate = settings.rate(kind)
        full = rate.interval * (rate.burst - 1)
        slots_free_at = datetime.now(UTC) + timedelta(hours=1) + full
        keys = [limit_key(user_id, kind)]
        if kind == "draft":
            keys.append(Key(f"CIRCLE#{api.ids['circle_id']}#USER#{user_id}", "LIMIT#draft"))
        if kind == "order":
            keys.append(open_key(user_id))
        for key in keys:
            item = {**key.attributes(), "slots_free_at": int(slots_free_at.timestamp() * 1000), "requests": ""}
            table.put(item, when=None)
    api.gateway.cloud.records(operation.service)
    return 3600


def test_h12_every_changing_route_is_classified() -> None:
    assert (BOUNDED.keys() | COUNTED.keys()) <= CHANGING.keys()
    assert not BOUNDED.keys() & COUNTED.keys()
    keyed = {operation.name for operation in operations() if operation.is_keyed}
    bounded = {
        "appeal_application",
        "appeal_sanction",
        "appeal_take_down",
        "create_campaign",
        "decide_application",
        "decide_applications",
        "request_information",
    }
    assert keyed & (BOUNDED.keys() | COUNTED.keys()) == bounded, "a creation has a rate limit"
    assert {operation.name for operation in operations() if operation.is_conditional} <= {one.name for one in LIMITED}
    assert all(429 in operation.statuses for operation in LIMITED)


@pytest.mark.parametrize("operation", LIMITED, ids=label)
def test_h12_a_user_without_a_slot_gets_429_with_the_moment_of_the_next_and_others_do_not(
    api: ApiFixture, operation: Operation
) -> None:
    by, *others = personas(operation)
    if operation.name in BEFORE:
        assert api.call(named(BEFORE[operation.name]), api.user(by)).status < 300
    prepare(api, operation)
    wait = exhaust(api, operation, by)
    response = api.call(operation, api.user(by))
    if operation.name == "enrol_reviewer":  # the link of a user and an identity is stored before, once for ever
        assert (response.status, response.code) == (429, "rate-limit-reached")
        api.gateway.cloud.records(operation.service)
    else:
        assert_problem(api.gateway, operation.service, response, 429, "rate-limit-reached")
        assert wait - 30 < int(response.headers["retry-after"]) <= wait
    assert api.gateway.cloud.records(operation.service) == []
    if others and operation.name not in BEFORE:
        assert api.call(operation, api.user(others[-1])).status < 300


@pytest.mark.parametrize("operation", [CHANGING[name] for name in BOUNDED], ids=label)
def test_h12_an_action_without_a_rate_limit_writes_nothing_when_it_is_repeated(api: ApiFixture, operation: Operation) -> None:
    allowed = personas(operation)
    if not allowed:
        return
    api.call(operation, api.user(allowed[0]))
    api.gateway.cloud.records(operation.service)
    for _ in range(2):
        assert api.call(operation, api.user(allowed[0])).status < 500
    assert api.gateway.cloud.records(operation.service) == []


@contextlib.contextmanager
def metered(service: str) -> Iterator[Cost]:
    wiring = service_module("wiring", service)
    table = MeteredTable(wiring.table())
    with mock.patch.object(wiring, "table", lambda: table), table.measure() as cost:
        yield cost


def price(cost: Cost) -> float:
    """Return the price of a cost in read units: a write unit costs as much as 5."""
    return 5 * cost.writes + cost.reads


@pytest.mark.parametrize("operation", [one for one in operations() if one.is_keyed], ids=label)
def test_h1_a_repeat_costs_no_more_than_the_first_try(api: ApiFixture, operation: Operation) -> None:
    by, key = caller_of(api, operation), new_idempotency_key()
    prepare(api, operation)
    costs: list[Cost] = []
    responses: list[Any] = []
    for _ in range(3):
        with metered(operation.service) as cost:
            responses.append(api.call(operation, by, key=key))
        costs.append(cost)
    assert [response.status for response in responses] == [responses[0].status] * 3
    for cost in costs[1:]:
        assert price(cost) <= price(costs[0]), (cost.trace, costs[0].trace)
        assert cost.requests <= costs[0].requests
        assert cost.writes == 0
