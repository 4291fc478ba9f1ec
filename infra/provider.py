"""A sandbox of a payment provider and a real-name verifier, in a process of its own.

It is as strict as real providers: every request needs an idempotency key, a payment is captured once, refunds cannot exceed
it, and webhooks are signed over their raw bytes. `POST /sandbox` makes it as unreliable as real providers: it repeats,
reorders, delays or holds back webhooks. `POST /payments/<id>/refund` refunds as an operator does on the provider's pages.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import random
import re
import threading
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ulid import ULID

from services.commerce.adapters.payments import sign_webhook
from services.review.domain.identity import Statement, sign_statement
from services.shared.kernel.clock import rfc3339

MAX_TRIES = 8


class ProviderError(Exception):
    """A response other than success."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class Payment:
    """One payment. page: the id of the first payment that is completed on the same page."""

    payment_id: str
    reference: str
    amount: int
    currency: str
    page: str
    captured_at: str = ""
    refunded: int = 0


@dataclass
class Behavior:
    """How webhooks are delivered, and the keys that sign.

    secret, verifier_secret: the keys of webhooks and of real-name statements, in base64.
    repeat: how often each webhook is delivered. delay: seconds before each delivery.
    hold: keep webhooks back until the next `flush`; shuffle: deliver those in random order.
    """

    webhook_url: str = ""
    secret: str = ""
    repeat: int = 1
    delay: float = 0
    shuffle: bool = False
    hold: bool = False
    verifier_secret: str = ""


@dataclass
class Provider:
    """The state of the sandbox.

    responses: the request and response of each idempotency key.
    waiting: webhooks that are held back. deliveries: the status of each delivery, 0 without a response.
    """

    behavior: Behavior = field(default_factory=Behavior)
    payments: dict[str, Payment] = field(default_factory=dict)
    responses: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def handle_once(self, key: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Handle a request once per key. A repeat gets the first response; the same key for another request is an error."""
        if not key:
            raise ProviderError(400, "the idempotency-key header is missing")
        request = f"{path} {json.dumps(body, sort_keys=True)}"
        with self.lock:
            if key in self.responses and self.responses[key][0] != request:
                raise ProviderError(409, "this idempotency-key was used for another request")
            if key not in self.responses:
                self.responses[key] = (request, self._handle(path, body))
            return self.responses[key][1]

    def _handle(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/payments":
            return self._start(**body)
        if match := re.fullmatch(r"/payments/(\w+)/refunds", path):
            return self._refund(self._get_payment(match[1]), **body)
        raise ProviderError(404, "this address does not exist")

    def _start(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        """Start a payment per part, all of which are completed on one page."""
        for part in parts:
            amount = part["amount"]
            if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0 or part["currency"] != "CNY":
                raise ProviderError(422, "the amount must be a positive integer of fen, in CNY")
        ids = [f"pay_{ULID()}" for _ in parts]
        started = [Payment(payment_id, page=ids[0], **part) for payment_id, part in zip(ids, parts, strict=True)]
        self.payments |= {payment.payment_id: payment for payment in started}
        return {"payments": {each.reference: each.payment_id for each in started}, "pay_url": f"/payments/{ids[0]}/pay"}

    def _refund(self, payment: Payment, amount: int, currency: str, reference: str | None = None) -> dict[str, Any]:
        """Refund a part of a payment. reference: of the merchant; None for a refund that is made at the provider's pages."""
        if currency != payment.currency or isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
            raise ProviderError(422, "the refund must be a positive integer in the payment's currency")
        if not payment.captured_at or payment.refunded + amount > payment.amount:
            raise ProviderError(409, "the refund exceeds what was captured")
        payment.refunded += amount
        refund = {"refund_id": f"ref_{ULID()}"} | ({"refund_reference": reference} if reference else {})
        self._send_webhook("refund.succeeded", payment, amount, **refund)
        return {"refund_id": refund["refund_id"]}

    def pay(self, payment_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Capture the payments of a page, as the provider's page does for the buyer."""
        with self.lock:
            payment = self._get_payment(payment_id)
            if body.get("card") != "ok":
                raise ProviderError(402, "the card was declined")
            if payment.captured_at:
                raise ProviderError(409, "this payment is already captured")
            at = rfc3339(datetime.now(UTC))
            for each in [each for each in self.payments.values() if each.page == payment.page]:
                each.captured_at = at
                self._send_webhook("payment.captured", each, each.amount, captured_at=at)
            return asdict(payment)

    def refund_at_provider(self, payment_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Refund a payment as an operator does on the provider's pages, without a request of the merchant."""
        with self.lock:
            payment = self._get_payment(payment_id)
            return self._refund(payment, body.get("amount", payment.amount - payment.refunded), payment.currency)

    def verify(self, account: str, name: str, birthday: str, active_days: int) -> dict[str, Any]:
        """Return a signed statement about an identity document, without the full name or the document's number."""
        with self.lock:
            pseudonym = hashlib.sha256(f"{name} {birthday}".encode()).hexdigest()[:24]
            today = datetime.now(UTC).date()
            born = date.fromisoformat(birthday)
            age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
            statement = Statement(pseudonym, name[0] + "*" * (len(name) - 1), age >= 18, active_days)
            secret = base64.b64decode(self.behavior.verifier_secret)
        return {"real_name_token": sign_statement(secret, account, statement, datetime.now(UTC))}

    def configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change the behavior; `flush` delivers the webhooks that were held back."""
        with self.lock:
            flush = changes.pop("flush", False)
            self.behavior = Behavior(**{**asdict(self.behavior), **changes})
            due, self.waiting = (self.waiting, []) if flush else ([], self.waiting)
        if self.behavior.shuffle:
            random.shuffle(due)
        for webhook in due:
            self._deliver(webhook)
        return {"waiting": len(self.waiting), "delivered": len(self.deliveries)}

    def _get_payment(self, payment_id: str) -> Payment:
        if payment_id not in self.payments:
            raise ProviderError(404, "this payment does not exist")
        return self.payments[payment_id]

    def _send_webhook(self, type: str, payment: Payment, amount: int, **more: str) -> None:
        subject = {"payment_id": payment.payment_id, "reference": payment.reference, "currency": payment.currency}
        webhook = {"event_id": f"evt_{ULID()}", "type": type, "amount": amount, **subject, **more}
        copies = [webhook] * self.behavior.repeat
        if self.behavior.hold:
            self.waiting += copies
            return
        for copy in copies:
            threading.Thread(target=self._deliver, args=(copy,), daemon=True).start()

    def _deliver(self, webhook: dict[str, Any]) -> None:
        """Deliver until the receiver returns success, with a new signature and a longer pause each time."""
        time.sleep(self.behavior.delay)
        raw = json.dumps(webhook).encode()
        for attempt in range(MAX_TRIES):
            signature = sign_webhook(base64.b64decode(self.behavior.secret), raw, datetime.now(UTC))
            headers = {"content-type": "application/json", "provider-signature": signature}
            request = urllib.request.Request(self.behavior.webhook_url, data=raw, headers=headers, method="POST")
            try:
                with urllib.request.urlopen(request, timeout=10) as response:
                    self.deliveries.append(response.status)
                    return
            except (urllib.error.URLError, OSError) as error:
                self.deliveries.append(getattr(error, "code", 0))
            time.sleep(0.2 * 2**attempt)


class Handler(BaseHTTPRequestHandler):
    provider: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            self._respond(200, self._handle(body))
        except ProviderError as error:
            self._respond(error.status, {"error": str(error)})
        except (ValueError, TypeError):
            self._respond(422, {"error": "the request cannot be parsed"})

    def _handle(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.path == "/sandbox":
            return self.provider.configure(body)
        if self.path == "/verifications":
            return self.provider.verify(**body)
        if match := re.fullmatch(r"/payments/(\w+)/(pay|refund)", self.path):
            act = self.provider.pay if match[2] == "pay" else self.provider.refund_at_provider
            return act(match[1], body)
        return self.provider.handle_once(self.headers.get("idempotency-key", ""), self.path, body)

    def do_GET(self) -> None:
        self._respond(200, {"status": "ok"})

    def _respond(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: `deliveries` has the status of each delivery."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(port: int) -> Server:
    """Return a server for a new sandbox on loopback; port 0 chooses a free port."""
    return Server(("127.0.0.1", port), type("Bound", (Handler,), {"provider": Provider()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    serve(parser.parse_args().port).serve_forever()
