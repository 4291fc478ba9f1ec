"""The webhooks of a provider: signed over their raw bytes, delivered until they are accepted, in any order."""

from __future__ import annotations

import base64
import time
from datetime import timedelta

import pytest

from services.commerce.adapters.payments import is_signature_valid
from services.commerce.schemas import WebhookEventRequest
from services.commerce.usecases import WebhookEvent
from services.shared.kernel.clock import utc_now
from tests.provider.harness import NEXT_SECRET, SECRET, Harness, Sandbox
from tests.provider.steps import A, events, paid, part, yuan

MINUTE = timedelta(minutes=1)


def test_m8_a_webhook_is_signed_over_its_raw_bytes_and_its_time(at: Harness) -> None:
    paid(at, A)
    (delivery,) = at.receive(1)
    now = utc_now()
    assert is_signature_valid(delivery.header, [SECRET], delivery.raw, now)
    assert not is_signature_valid(delivery.header, [b"another secret"], delivery.raw, now)
    for raw in (delivery.raw + b" ", delivery.raw[:-1], delivery.raw.replace(b"10000", b"10001"), b""):
        assert not is_signature_valid(delivery.header, [SECRET], raw, now)
    for late in (6 * MINUTE, -6 * MINUTE):
        assert not is_signature_valid(delivery.header, [SECRET], delivery.raw, now + late)
    for late in (4 * MINUTE, -4 * MINUTE):
        assert is_signature_valid(delivery.header, [SECRET], delivery.raw, now + late)


def test_m8_every_event_has_an_id_of_its_own_a_time_and_what_our_schema_needs(at: Harness) -> None:
    payment_id = paid(at, A).payments[A]
    at.provider.refund(payment_id, yuan(10), "r1")
    at.close_chargeback(at.open_chargeback(payment_id, yuan(10)), "won")
    found = events(at, 4)
    assert len({event["event_id"] for event in found}) == 4
    types = ["payment.captured", "refund.succeeded", "chargeback.opened", "chargeback.won"]
    assert [event["type"] for event in found] == types, "the ids sort as the events happened"
    reference = "user-1/ord_01K00000000000000000000000"
    for event in found:
        request = WebhookEventRequest.model_validate({**event, "reference": reference})
        assert isinstance(received := request.to_event(), WebhookEvent)
        assert received.payment_id == payment_id


def test_m8_a_webhook_is_delivered_again_until_it_is_accepted_with_a_new_signature(box: Sandbox) -> None:
    box.webhooks.denied = 2
    paid(box, A)
    first, second, third = box.receive(3)
    assert first.raw == second.raw == third.raw
    assert all(is_signature_valid(one.header, [SECRET], one.raw, utc_now()) for one in (first, second, third))
    time.sleep(0.5)
    assert len(box.webhooks.received) == 3, "an accepted webhook is not delivered again"


def test_m8_while_the_key_changes_both_sign(box: Sandbox) -> None:
    box.post("/sandbox", next_secret=base64.b64encode(NEXT_SECRET).decode())
    paid(box, A)
    (delivery,) = box.receive(1)
    assert delivery.header.count("v1=") == 2
    for secret in (SECRET, NEXT_SECRET):
        assert is_signature_valid(delivery.header, [secret], delivery.raw, utc_now())


@pytest.mark.parametrize("shuffle", [False, True])
def test_m8_webhooks_can_come_late_repeated_and_in_any_order(box: Sandbox, shuffle: bool) -> None:
    box.post("/sandbox", hold=True, repeat=3, shuffle=shuffle)
    page = box.provider.start([part(A)])
    box.fail(page, "declined")
    box.pay(page)
    box.provider.refund(page.payments[A], yuan(10), "r1")
    assert box.webhooks.received == []
    box.post("/sandbox", hold=False, flush=True)
    types = [delivery.event["type"] for delivery in box.receive(9)]
    in_order = [name for name in ("payment.failed", "payment.captured", "refund.succeeded") for _ in range(3)]
    assert sorted(types) == sorted(in_order)
    assert (types == in_order) is not shuffle or shuffle
    assert len({delivery.event["event_id"] for delivery in box.receive(9)}) == 3


@pytest.mark.parametrize("kind", ["refund", "payout"])
def test_m8_a_request_that_was_accepted_can_still_fail_by_an_event(box: Sandbox, kind: str) -> None:
    payment_id = paid(box, A).payments[A]
    box.post("/sandbox", fails=[kind])
    if kind == "refund":
        box.provider.refund(payment_id, yuan(10), "r1")
        failed = events(box, 2)[1]
        assert failed["refund_reference"] == "r1"
    else:
        box.post("/dashboard/accounts/acct_mei", state="verified", currently_due=[])
        box.provider.pay_out("acct_mei", yuan(10), "r1")
        (failed,) = (event for event in events(box, 3) if event["type"].startswith("payout"))
        assert failed["reference"] == "r1"
    assert failed["type"] == f"{kind}.failed"
    assert len(box.provider.list_movements(utc_now().date()).movements) == 1, "no money moved"
