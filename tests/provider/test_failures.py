"""What the HTTP adapter does with a provider that fails: every failure is ProviderFailed, soon, and nothing else."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3

from services.commerce.adapters.payments import HttpPaymentProvider, PaymentPage, ProviderDenied, ProviderFailed
from services.commerce.adapters.payments import http as adapter
from services.commerce.settings import METHODS, settings
from tests.provider.harness import served
from tests.provider.steps import A, B, part, yuan

DAY = date(2026, 3, 5)
PAGE = {"pay_url": "/pages/page_1", "payments": {A: "pay_1"}}
MOVEMENT = {
    "kind": "capture",
    "id": "pay_1",
    "payment_id": "pay_1",
    "reference": A,
    "amount": 1,
    "currency": "CNY",
    "at": "2026-03-05T00:00:00.000Z",
}
CALLS: dict[str, Callable[[HttpPaymentProvider], Any]] = {
    "start": lambda provider: provider.start([part(A)]),
    "refund": lambda provider: provider.refund("pay_1", yuan(1), "r1"),
    "pay_out": lambda provider: provider.pay_out("acct_1", yuan(1), "p1"),
    "get_account": lambda provider: provider.get_account("acct_1"),
    "list_movements": lambda provider: provider.list_movements(DAY),
}
NOT_PAYMENTS: tuple[Any, ...] = (None, [], {}, {B: "pay_1"}, {A: "pay_1", B: "pay_2"})
NOT_JSON = [b"", b"{", b"1" * 5000, b"[" * 100_000, b"\xff"]


@contextmanager
def responding(raw: bytes, status: int = 200, seen: list[Any] | None = None) -> Iterator[HttpPaymentProvider]:
    """Yield an adapter to a provider that always returns the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if seen is not None:
                seen.append((self.command, self.path, dict(self.headers), json.loads(body or b"null")))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", "/elsewhere")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log nothing."""

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        yield HttpPaymentProvider(address, urllib3.PoolManager())


def start(body: Any) -> PaymentPage:
    with responding(json.dumps(body).encode()) as provider:
        return provider.start([part(A)])


def test_a_page_is_returned_with_its_whole_address() -> None:
    page = start(PAGE)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/pages/page_1", page.pay_url)
    assert page.payments == {A: "pay_1"}
    assert start({**PAGE, "pay_url": "https://pay.example/1?a=b"}).pay_url == "https://pay.example/1?a=b"


@pytest.mark.parametrize(
    "more",
    [
        *({"payments": {A: wrong}} for wrong in (None, 1, "", "p" * 65, "pay/1", "pay_1\n", ["pay_1"])),
        *({"payments": wrong} for wrong in NOT_PAYMENTS),
        *({"pay_url": wrong} for wrong in (None, 1, "javascript:alert(1)", "/" + "p" * 2100, "/支付", "/a b", "//[")),
    ],
)
def test_m8_another_page_is_a_failure_of_the_provider(more: dict[str, Any]) -> None:
    with pytest.raises(ProviderFailed):
        start({**PAGE, **more})


@pytest.mark.parametrize(
    "more",
    [
        *({"state": wrong} for wrong in ("unknown", None, 1)),
        *({"currently_due": wrong} for wrong in (None, "id", [1], ["a b"], [""], ["x" * 201], ["x"] * 51)),
        {"account_id": "acct_2"},
    ],
)
def test_m17_another_account_is_a_failure_of_the_provider(more: dict[str, Any]) -> None:
    account = {"account_id": "acct_1", "state": "verified", "currently_due": ["id"]}
    with responding(json.dumps(account).encode()) as provider:
        assert provider.get_account("acct_1").currently_due == ("id",)
    with responding(json.dumps({**account, **more}).encode()) as provider, pytest.raises(ProviderFailed):
        provider.get_account("acct_1")


@pytest.mark.parametrize(
    "more",
    [
        *({"kind": wrong} for wrong in ("fee", None, ["capture"])),
        *({"id": wrong} for wrong in (None, "", "a/b", 1)),
        *({"payment_id": wrong} for wrong in (None, "a", 1)),
        *({"reference": wrong} for wrong in (None, "", "a b", "x" * 201)),
        *({"amount": wrong} for wrong in (None, 0, -1, True, 1.5, "1")),
        *({"currency": wrong} for wrong in (None, "cny", "")),
        *({"at": wrong} for wrong in (None, "yesterday", "2026-03-05T00:00:00", 1)),
    ],
)
def test_m12_another_movement_is_a_failure_of_the_provider(more: dict[str, Any]) -> None:
    with responding(json.dumps({"movements": [MOVEMENT], "next_cursor": ""}).encode()) as provider:
        assert [one.id for one in provider.list_movements(DAY).movements] == ["pay_1"]
    wrong = json.dumps({"movements": [{**MOVEMENT, **more}], "next_cursor": ""}).encode()
    with responding(wrong) as provider, pytest.raises(ProviderFailed):
        provider.list_movements(DAY)


@pytest.mark.parametrize("body", [{"movements": [], "next_cursor": "5"}, {"movements": [MOVEMENT] * 1001, "next_cursor": ""}])
def test_m12_a_list_that_does_not_end_is_a_failure_of_the_provider(body: Any) -> None:
    with responding(json.dumps(body).encode()) as provider, pytest.raises(ProviderFailed):
        provider.list_movements(DAY, "5")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("raw", NOT_JSON, ids=range(len(NOT_JSON)))
def test_m8_what_is_no_json_is_a_failure_of_the_provider(name: str, raw: bytes) -> None:
    with responding(raw) as provider, pytest.raises(ProviderFailed):
        CALLS[name](provider)


@pytest.mark.parametrize("name", ["start", "get_account", "list_movements"])
@pytest.mark.parametrize("body", [[], None, {}, "x", 1])
def test_m8_another_document_is_a_failure_of_the_provider(name: str, body: Any) -> None:
    with responding(json.dumps(body).encode()) as provider, pytest.raises(ProviderFailed):
        CALLS[name](provider)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [301, 302, 308, 401, 403, 408, 409, 425, 429, 500, 502, 503, 504])
def test_m8_a_status_that_says_nothing_about_the_request_can_be_repeated(name: str, status: int) -> None:
    with responding(b"{}", status) as provider, pytest.raises(ProviderFailed) as failed:
        CALLS[name](provider)
    assert not isinstance(failed.value, ProviderDenied)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [400, 402, 404, 422])
def test_m8_a_request_that_the_provider_denies_is_denied(name: str, status: int) -> None:
    with responding(b"{}", status) as provider, pytest.raises(ProviderDenied):
        CALLS[name](provider)


@pytest.mark.parametrize("name", CALLS)
def test_m8_a_huge_response_is_a_failure_of_the_provider(name: str) -> None:
    with responding(b" " * (adapter.MAX_BYTES + 1) + b"{}") as provider, pytest.raises(ProviderFailed, match="too long"):
        CALLS[name](provider)


def test_m8_no_server_is_a_failure_of_the_provider() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        provider = HttpPaymentProvider(f"http://127.0.0.1:{unused.getsockname()[1]}", urllib3.PoolManager())
        for call in CALLS.values():
            with pytest.raises(ProviderFailed):
                call(provider)


@contextmanager
def sending(*parts: bytes, pause: float) -> Iterator[HttpPaymentProvider]:
    """Yield an adapter to a provider that accepts a connection, and sends these parts with a pause before each."""
    listener, is_over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for each in parts:
                if is_over.wait(pause):
                    return
                try:
                    connection.sendall(each)
                except OSError:
                    return
            is_over.wait(10)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield HttpPaymentProvider(f"http://127.0.0.1:{listener.getsockname()[1]}", urllib3.PoolManager())
    finally:
        is_over.set()
        listener.close()
        thread.join()


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"


@pytest.mark.parametrize("parts", [(), (HEAD,), (HEAD, b"{")], ids=["nothing", "no body", "a part of the body"])
def test_m8_a_silent_provider_is_a_failure_after_the_timeout(parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "TIMEOUT", urllib3.Timeout(connect=1, read=0.2))
    started = time.monotonic()
    with sending(*parts, pause=0) as provider, pytest.raises(ProviderFailed):
        provider.refund("pay_1", yuan(1), "r1")
    assert time.monotonic() - started < 3


def test_m8_a_provider_that_sends_slowly_forever_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "MAX_SECONDS", 0.3)
    started = time.monotonic()
    with sending(HEAD, *[b" "] * 1000, pause=0.02) as provider, pytest.raises(ProviderFailed, match="too long"):
        provider.refund("pay_1", yuan(1), "r1")
    assert time.monotonic() - started < 3


def test_m8_a_retry_has_the_idempotency_key_of_the_first_try() -> None:
    seen: list[Any] = []
    with responding(json.dumps({**PAGE, "payments": {A: "pay_1", B: "pay_2"}}).encode(), seen=seen) as provider:
        for parts in ([part(A), part(B)], [part(B), part(A)], [part(A), part(B, 1)]):
            provider.start(parts)
        for fen in (1, 1, 2):
            provider.refund("pay_1", yuan(fen), "r1")
    keys = [headers["idempotency-key"] for _, _, headers, _ in seen]
    assert keys[0] == keys[1]
    assert keys[3] == keys[4]
    assert len(set(keys)) == 4, "another request never has the key of an earlier one"


def test_m28_the_page_offers_the_methods_that_are_on_while_the_order_is_reserved(settings_reset: None) -> None:
    seen: list[Any] = []
    with responding(json.dumps(PAGE).encode(), seen=seen) as provider:
        provider.start([part(A)])
        rules = {"alipay": {"default": False}}
        settings.apply({"reservation_lifetime": "PT10M"}, rules, source=None, now=None)  # type: ignore[arg-type]
        provider.start([part(A)])
    first, second = (body for *_, body in seen)
    assert (first["methods"], first["lifetime_seconds"]) == (list(METHODS), 900)
    assert (second["methods"], second["lifetime_seconds"]) == (["wechat_pay", "card"], 600)


@pytest.mark.parametrize("parts", [[], [part(A), part(A)], [part(f"buyer/{number}") for number in range(51)]])
def test_m28_a_page_has_1_to_50_parts_with_a_reference_each(parts: list[Any]) -> None:
    with responding(b"{}") as provider, pytest.raises(ValueError, match="1 to 50 parts"):
        provider.start(parts)
