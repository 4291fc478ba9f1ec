"""What the payment provider returns is used only if it is a payment: an id and an address that can be stored and shown."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest

from services.commerce.adapters.payments import HttpPaymentProvider, PaymentPage, PaymentPart, ProviderFailed
from services.commerce.domain.money import Money

PARTS = [PaymentPart("buyer/order", Money(1, "CNY")), PaymentPart("buyer/other", Money(2, "CNY"))]
IDS = {"buyer/order": "pay_1", "buyer/other": "pay_2"}
PAGE = {"payments": IDS, "pay_url": "/payments/pay_1/pay"}
WRONG_IDS: list[Any] = [None, 1, "", "p" * 65, "pay/1", "pay_1\n", ["pay_1"], "pay_2"]
WRONG_PAYMENTS: list[Any] = [None, 1, [], {}, {"buyer/order": "pay_1"}, {**IDS, "buyer/third": "pay_3"}]


def start(raw: bytes) -> PaymentPage:
    response = mock.Mock(status=201, json=lambda: json.loads(raw))
    http: Any = mock.Mock(request=lambda *_, **__: response)
    return HttpPaymentProvider("https://provider.example", http).start(PARTS)


def test_a_page_is_returned_with_its_whole_address_and_a_payment_per_part() -> None:
    assert start(json.dumps(PAGE).encode()) == PaymentPage("https://provider.example/payments/pay_1/pay", IDS)


@pytest.mark.parametrize(
    "more",
    [
        *({"payments": {**IDS, "buyer/order": wrong}} for wrong in WRONG_IDS),
        *({"payments": wrong} for wrong in WRONG_PAYMENTS),
        *({"pay_url": wrong} for wrong in (None, 1, "javascript:alert(1)", "/" + "p" * 2100, "/支付", "/a b", "//[")),
    ],
)
def test_m8_another_value_is_a_failure_of_the_provider(more: dict[str, Any]) -> None:
    with pytest.raises(ProviderFailed):
        start(json.dumps({**PAGE, **more}).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{}", b"1" * 5000, b"[" * 100_000, b"\xff"])
def test_m8_another_document_is_a_failure_of_the_provider(raw: bytes) -> None:
    with pytest.raises(ProviderFailed):
        start(raw)
