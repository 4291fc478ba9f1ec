"""What the payment provider returns is used only if it is a payment: an id and an address that can be stored and shown."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest

from services.commerce.adapters.payments import HttpPaymentProvider, Payment, ProviderFailed
from services.commerce.domain.money import Money

PAYMENT = {"payment_id": "pay_1", "pay_url": "/payments/pay_1/pay"}


def start(raw: bytes) -> Payment:
    response = mock.Mock(status=201, json=lambda: json.loads(raw))
    http: Any = mock.Mock(request=lambda *_, **__: response)
    return HttpPaymentProvider("https://provider.example", http).start("buyer/order", Money(1, "CNY"))


def test_a_payment_is_returned_with_its_whole_address() -> None:
    assert start(json.dumps(PAYMENT).encode()) == Payment("pay_1", "https://provider.example/payments/pay_1/pay")


@pytest.mark.parametrize(
    "more",
    [
        *({"payment_id": wrong} for wrong in (None, 1, "", "p" * 65, "pay/1", "pay_1\n", ["pay_1"])),
        *({"pay_url": wrong} for wrong in (None, 1, "javascript:alert(1)", "/" + "p" * 2100, "/支付", "/a b", "//[")),
    ],
)
def test_m8_another_value_is_a_failure_of_the_provider(more: dict[str, Any]) -> None:
    with pytest.raises(ProviderFailed):
        start(json.dumps({**PAYMENT, **more}).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{}", b"1" * 5000, b"[" * 100_000, b"\xff"])
def test_m8_another_document_is_a_failure_of_the_provider(raw: bytes) -> None:
    with pytest.raises(ProviderFailed):
        start(raw)
