"""The payment provider's webhook: what is not signed over its very bytes, and lately, changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.commerce.adapters.payments import sign_webhook
from services.shared.kernel.clock import rfc3339
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Response
from simulation.api.moto_cloud import service_module

NOW = timedelta(0)
UNKNOWN_ORDER = "5a0a9e3e-0000-4000-8000-000000000000/ord_01K00000000000000000000000"


def webhook_event(api: ApiFixture, **more: Any) -> dict[str, Any]:
    """The reserved order of the stage, paid."""
    reference = f"{api.users['member'].user_id}/{api.orders['reserved']}"
    about = {"event_id": "evt_1", "type": "payment.captured", "payment_id": "pay_1", "amount": 12_900, "currency": "CNY"}
    about["captured_at"] = rfc3339(datetime.now(UTC))
    return {**about, "reference": reference, **more}


def deliver(api: ApiFixture, body: Any, *, signed: Any = None, ago: timedelta = NOW, header: str | None = None) -> Response:
    """Deliver `body`, as JSON unless it is bytes, with a signature of some time ago over `signed`, or over itself."""
    secret = service_module("wiring", "commerce").key_ring("webhook").newest
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    raw = sent if signed is None else json.dumps(signed).encode()
    given = sign_webhook(secret, raw, datetime.now(UTC) - ago) if header is None else header
    headers = {"provider-signature": given, "content-type": "application/json"}
    return api.gateway.call("commerce", "POST", "/payment-events", body=sent, headers=headers)


def state(api: ApiFixture) -> str:
    path = f"/orders/{api.orders['reserved']}"
    return str(api.call_path("commerce", "member", "GET", path)["state"])


def test_m8_a_signed_event_pays_the_order_once_however_often_it_is_delivered(api: ApiFixture) -> None:
    for _ in range(5):
        assert deliver(api, webhook_event(api)).status == 204
    assert state(api) == "paid"


@pytest.mark.parametrize(
    "how",
    [
        {"header": ""},
        {"header": "t=1,v1="},
        {"header": "t=abc,v1=00"},
        {"header": "v1=" + "0" * 64},
        {"header": "t=99999999999999999999,v1=00"},
        {"ago": timedelta(minutes=6)},
        {"ago": timedelta(minutes=-6)},
        {"signed": {"amount": 1}},
    ],
    ids=["none", "empty", "no-time", "no-t", "huge", "old", "future", "other-bytes"],
)
def test_m8_an_invalid_or_old_signature_is_an_error_and_changes_nothing(api: ApiFixture, how: dict[str, Any]) -> None:
    response = deliver(api, webhook_event(api), **how)
    assert (response.status, response.code) == (400, "signature-invalid")
    assert state(api) == "reserved"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"amount": 1}, 204),
        ({"currency": "USD"}, 204),
        ({"reference": "x"}, 422),
        ({"amount": 12_900.0}, 422),
        ({"captured_at": None}, 422),
        ({"captured_at": rfc3339(datetime.now(UTC) + timedelta(hours=1))}, 422),
        ({"captured_at": "2001-01-01T00:00:00Z"}, 422),
        ({"captured_at": "2026-01-01T00:00:00"}, 422),
        ({"type": "refund.succeeded"}, 422),
        ({"type": "refund.failed", "refund_id": "ref_1"}, 422),
        ({"type": "refund.succeeded", "refund_id": "ref_1"}, 204),
        ({"type": "payment.failed", "reason": "declined"}, 204),
        ({"type": "chargeback.opened"}, 422),
        ({"type": "chargeback.opened", "chargeback_id": "x" * 65}, 422),
        ({"type": "chargeback.opened", "chargeback_id": "cb_1"}, 204),
        ({"type": "chargeback.won", "chargeback_id": "cb_1"}, 204),
        ({"type": "chargeback.lost", "chargeback_id": "cb_1", "reference": UNKNOWN_ORDER}, 204),
    ],
)
def test_m8_what_does_not_pay_the_order_is_booked_or_is_an_error(api: ApiFixture, more: dict[str, Any], status: int) -> None:
    assert deliver(api, webhook_event(api, **more)).status == status
    assert state(api) == "reserved"


def test_m8_an_unknown_event_type_is_accepted_and_changes_nothing(api: ApiFixture) -> None:
    assert deliver(api, webhook_event(api, type="payment.unheard-of")).status == 204
    assert state(api) == "reserved"


def test_m8_an_unsigned_body_is_not_parsed(api: ApiFixture) -> None:
    assert deliver(api, {"nonsense": True}, header="t=1,v1=00").code == "signature-invalid"
