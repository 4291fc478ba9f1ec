"""The payment provider's webhook: what is not signed over its very bytes, and lately, changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.commerce.adapters.payments import sign
from simulation.api.fixture import Stage
from simulation.api.gateway import Answer
from simulation.api.moto_cloud import module

NOW = timedelta(0)


def notice(stage: Stage, **more: Any) -> dict[str, Any]:
    """The reserved order of the stage, paid."""
    reference = f"{stage.people['member'].user_id}/{stage.orders['reserved']}"
    about = {"event_id": "evt_1", "type": "payment.captured", "payment_id": "pay_1", "amount": 12_900, "currency": "CNY"}
    return {**about, "reference": reference, **more}


def deliver(stage: Stage, body: Any, *, signed: Any = None, ago: timedelta = NOW, header: str | None = None) -> Answer:
    """Deliver `body` under a signature over `signed` (itself, if not given) that was made some time ago."""
    secret = module("wiring", "commerce").rings()["webhook"].newest
    raw = json.dumps(body if signed is None else signed).encode()
    given = sign(secret, raw, datetime.now(UTC) - ago) if header is None else header
    headers = {"provider-signature": given, "content-type": "application/json"}
    return stage.gateway.call("commerce", "POST", "/payment-notices", body=json.dumps(body).encode(), headers=headers)


def state(stage: Stage) -> str:
    path = f"/orders/{stage.orders['reserved']}"
    return str(stage.must("commerce", "member", "GET", path)["state"])


def test_m8_a_signed_notice_pays_the_order_however_often_it_comes(stage: Stage) -> None:
    for _ in range(5):
        assert deliver(stage, notice(stage)).status == 204
    assert state(stage) == "paid"


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
def test_m8_a_bad_or_old_signature_is_refused_and_changes_nothing(stage: Stage, how: dict[str, Any]) -> None:
    answer = deliver(stage, notice(stage), **how)
    assert (answer.status, answer.code) == (400, "signature-refused")
    assert state(stage) == "reserved"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"amount": 1}, 422),
        ({"currency": "USD"}, 422),
        ({"reference": "x"}, 422),
        ({"amount": 12_900.0}, 422),
    ],
)
def test_m8_another_amount_currency_or_order_is_refused(stage: Stage, more: dict[str, Any], status: int) -> None:
    assert deliver(stage, notice(stage, **more)).status == status
    assert state(stage) == "reserved"


def test_m8_a_kind_of_notice_that_is_not_known_is_taken_and_changes_nothing(stage: Stage) -> None:
    assert deliver(stage, notice(stage, type="payment.unheard-of")).status == 204
    assert state(stage) == "reserved"


def test_m8_what_is_not_signed_is_not_even_read(stage: Stage) -> None:
    assert deliver(stage, {"nonsense": True}, header="t=1,v1=00").code == "signature-refused"
