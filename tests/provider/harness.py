"""What the contract suite needs of a provider: the adapter, what buyers, banks and operators do there, and its webhooks.

A new adapter passes the suite with a harness of its own in `HARNESSES`.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3

from infra.provider.server import serve
from services.commerce.adapters.payments import (
    AccountState,
    GuardedPaymentProvider,
    HttpPaymentProvider,
    PaymentPage,
    PaymentProvider,
    sign_webhook,
)
from services.commerce.domain.money import Money
from services.commerce.repository.provider_calls import ProviderCalls
from services.shared.kernel.clock import utc_now
from simulation.memory import MemoryTable
from simulation.payments import FakePayments
from simulation.registry import projections_of

SECRET, NEXT_SECRET = b"secret of webhooks", b"next secret of webhooks"
PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Received:
    """A delivery of a webhook: its signature header and its raw bytes."""

    header: str
    raw: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.raw)
        return event


class Harness(Protocol):
    """A provider, as the contract suite uses it."""

    @property
    def provider(self) -> PaymentProvider: ...

    def pay(self, page: PaymentPage) -> None:
        """Pay a page, as a buyer; again, if it is paid."""
        ...

    def fail(self, page: PaymentPage, reason: str) -> None:
        """Try to pay a page, and fail for this reason."""
        ...

    def refund_at_dashboard(self, payment_id: str, amount: Money) -> None:
        """Refund without a request of ours."""
        ...

    def open_chargeback(self, payment_id: str, amount: Money) -> str:
        """Charge a payment back, as the buyer's bank, and return the id of the chargeback."""
        ...

    def close_chargeback(self, chargeback_id: str, state: str) -> None:
        """Decide a chargeback: won or lost."""
        ...

    def set_account(self, account_id: str, state: AccountState, *currently_due: str) -> None:
        """Open an account of a payee, or change it."""
        ...

    def receive(self, count: int) -> list[Received]:
        """Return the first deliveries, in the order of arrival, once this many have arrived."""
        ...


@dataclass
class InProcess:
    """The stand-in of the simulation."""

    provider: FakePayments = field(default_factory=lambda: FakePayments(assumes_captured=False))

    def pay(self, page: PaymentPage) -> None:
        self.provider.pay(page)

    def fail(self, page: PaymentPage, reason: str) -> None:
        self.provider.fail(page, reason)

    def refund_at_dashboard(self, payment_id: str, amount: Money) -> None:
        self.provider.refund_at_dashboard(payment_id, amount)

    def open_chargeback(self, payment_id: str, amount: Money) -> str:
        return self.provider.open_chargeback(payment_id, amount)

    def close_chargeback(self, chargeback_id: str, state: str) -> None:
        self.provider.close_chargeback(chargeback_id, state)

    def set_account(self, account_id: str, state: AccountState, *currently_due: str) -> None:
        self.provider.set_account(account_id, state, *currently_due)

    def receive(self, count: int) -> list[Received]:
        raws = [json.dumps(event).encode() for event in self.provider.sent]
        assert len(raws) >= count, f"{len(raws)} events instead of {count}"
        return [Received(sign_webhook(SECRET, raw, utc_now()), raw) for raw in raws]


@dataclass
class Webhooks:
    """Receives webhooks. denied: how many deliveries are answered with an error before one is accepted."""

    received: list[Received] = field(default_factory=list)
    denied: int = 0

    def accept(self, header: str, raw: bytes) -> int:
        self.received.append(Received(header, raw))
        self.denied -= 1
        return 503 if self.denied >= 0 else 204


@dataclass
class Sandbox:
    """The sandbox of the laptop behind the HTTP adapter."""

    address: str
    webhooks: Webhooks
    provider: PaymentProvider

    def pay(self, page: PaymentPage) -> None:
        self._submit(page, "pay")

    def fail(self, page: PaymentPage, reason: str) -> None:
        self._submit(page, reason)

    def _submit(self, page: PaymentPage, result: str) -> None:
        with urllib.request.urlopen(page.pay_url) as response:
            token = re.search(r'name="token" value="([^"]+)"', response.read().decode())
        assert token
        urllib.request.urlopen(page.pay_url, data=urlencode({"token": token[1], "result": result}).encode()).close()

    def refund_at_dashboard(self, payment_id: str, amount: Money) -> None:
        self.post(f"/dashboard/payments/{payment_id}/refund", amount=amount.amount)

    def open_chargeback(self, payment_id: str, amount: Money) -> str:
        return str(self.post(f"/dashboard/payments/{payment_id}/chargeback", amount=amount.amount)["chargeback_id"])

    def close_chargeback(self, chargeback_id: str, state: str) -> None:
        self.post(f"/dashboard/chargebacks/{chargeback_id}", state=state)

    def set_account(self, account_id: str, state: AccountState, *currently_due: str) -> None:
        self.post(f"/dashboard/accounts/{account_id}", state=state, currently_due=currently_due)

    def receive(self, count: int) -> list[Received]:
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.webhooks.received) < count:
            assert time.monotonic() < until, f"{len(self.webhooks.received)} deliveries instead of {count}"
            time.sleep(0.005)
        return list(self.webhooks.received)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        with urllib.request.urlopen(self.address + path, data=json.dumps(body).encode()) as response:
            result: dict[str, Any] = json.load(response)
        return result


@contextmanager
def in_process() -> Iterator[Harness]:
    yield InProcess()


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    webhooks, server = Webhooks(), serve(0)
    with served(server) as address, served(_receiver(webhooks)) as webhook_url:
        at = Sandbox(address, webhooks, HttpPaymentProvider(address, urllib3.PoolManager()))
        at.post("/sandbox", webhook_url=webhook_url, secret=base64.b64encode(SECRET).decode())
        yield at


@contextmanager
def guarded_sandbox() -> Iterator[Sandbox]:
    """The sandbox as the deployed service calls it: with the guard around refunds and payouts."""
    with sandbox() as at:
        at.provider = GuardedPaymentProvider(at.provider, ProviderCalls(MemoryTable(projections_of("commerce"))))
        yield at


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[str]:
    """Run a server in a thread of its own, and yield its address."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _receiver(webhooks: Webhooks) -> ThreadingHTTPServer:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(webhooks.accept(self.headers["provider-signature"], raw))
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log nothing."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Receiver)


HARNESSES: dict[str, Callable[[], Any]] = {"in process": in_process, "sandbox": sandbox, "guarded sandbox": guarded_sandbox}
