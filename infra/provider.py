"""A payment provider and a real-name verifier in a sandbox, as a process of its own: strict where real ones are strict,
unruly where real ones are unruly.

It wants an idempotency key on every request, refuses a second capture and a refund of more than it holds, signs its
webhooks over the raw bytes, and repeats, reorders, delays or holds deliveries when told to by `POST /sandbox`."""

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

from services.commerce.adapters.payments import sign
from services.review.domain.identity import Statement, sign_statement

TRIES = 8


class Refused(Exception):
    """An answer other than success."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class Held:
    """One payment as the provider keeps it."""

    payment_id: str
    reference: str
    amount: int
    currency: str
    captured: bool = False
    refunded: int = 0


@dataclass
class Manners:
    """How webhooks are delivered: where to, signed by what, how often, how late, and whether at all for now."""

    webhook_url: str = ""
    secret: str = ""
    repeat: int = 1
    delay: float = 0
    shuffle: bool = False
    hold: bool = False
    verifier_secret: str = ""


@dataclass
class Provider:
    manners: Manners = field(default_factory=Manners)
    payments: dict[str, Held] = field(default_factory=dict)
    answers: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def keyed(self, key: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do it once a key: a repeat gets the first answer, the same key for something else a refusal."""
        if not key:
            raise Refused(400, "an idempotency-key header is needed")
        wish = f"{path} {json.dumps(body, sort_keys=True)}"
        with self.lock:
            if key in self.answers and self.answers[key][0] != wish:
                raise Refused(409, "this idempotency-key was used for something else")
            if key not in self.answers:
                self.answers[key] = (wish, self._do(path, body))
            return self.answers[key][1]

    def _do(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/payments":
            return self._start(**body)
        if found := re.fullmatch(r"/payments/(\w+)/refunds", path):
            return self._refund(self._held(found[1]), **body)
        raise Refused(404, "there is no such thing")

    def _start(self, reference: str, amount: int, currency: str) -> dict[str, Any]:
        if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0 or currency != "CNY":
            raise Refused(422, "an amount is a positive integer of fen, in CNY")
        held = Held(f"pay_{ULID()}", reference, amount, currency)
        self.payments[held.payment_id] = held
        return {"payment_id": held.payment_id, "pay_url": f"/payments/{held.payment_id}/pay"}

    def _refund(self, held: Held, amount: int, currency: str) -> dict[str, Any]:
        if currency != held.currency or isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
            raise Refused(422, "a refund is a positive integer in the payment's currency")
        if not held.captured or held.refunded + amount > held.amount:
            raise Refused(409, "that is more than is held")
        held.refunded += amount
        self._tell("refund.succeeded", held, amount)
        return {"refund_id": f"ref_{ULID()}"}

    def pay(self, payment_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """The buyer at the provider's page."""
        with self.lock:
            held = self._held(payment_id)
            if body.get("card") != "ok":
                raise Refused(402, "the card was declined")
            if held.captured:
                raise Refused(409, "this payment is made")
            held.captured = True
            self._tell("payment.captured", held, held.amount)
            return asdict(held)

    def verify(self, account: str, name: str, birthday: str, active_days: int) -> dict[str, Any]:
        """What a verifier answers once it has seen a person's document: a signed statement with no name and no number in it."""
        with self.lock:
            person = hashlib.sha256(f"{name} {birthday}".encode()).hexdigest()[:24]
            today = datetime.now(UTC).date()
            born = date.fromisoformat(birthday)
            age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
            statement = Statement(person, name[0] + "*" * (len(name) - 1), age >= 18, active_days)
            secret = base64.b64decode(self.manners.verifier_secret)
        return {"real_name_token": sign_statement(secret, account, statement, datetime.now(UTC))}

    def settle(self, new: dict[str, Any]) -> dict[str, Any]:
        """Change the manners; `flush` delivers what was held."""
        with self.lock:
            flush = new.pop("flush", False)
            self.manners = Manners(**{**asdict(self.manners), **new})
            held, self.waiting = (self.waiting, []) if flush else ([], self.waiting)
        if self.manners.shuffle:
            random.shuffle(held)
        for notice in held:
            self._post(notice)
        return {"waiting": len(self.waiting), "delivered": len(self.deliveries)}

    def _held(self, payment_id: str) -> Held:
        if payment_id not in self.payments:
            raise Refused(404, "there is no such payment")
        return self.payments[payment_id]

    def _tell(self, kind: str, held: Held, amount: int) -> None:
        about = {"payment_id": held.payment_id, "reference": held.reference, "currency": held.currency}
        notice = {"event_id": f"evt_{ULID()}", "type": kind, "amount": amount, **about}
        copies = [notice] * self.manners.repeat
        if self.manners.hold:
            self.waiting += copies
            return
        for copy in copies:
            threading.Thread(target=self._post, args=(copy,), daemon=True).start()

    def _post(self, notice: dict[str, Any]) -> None:
        """Deliver until it is taken, waiting longer each time; freshly signed each time."""
        time.sleep(self.manners.delay)
        raw = json.dumps(notice).encode()
        for attempt in range(TRIES):
            signature = sign(base64.b64decode(self.manners.secret), raw, datetime.now(UTC))
            headers = {"content-type": "application/json", "provider-signature": signature}
            request = urllib.request.Request(self.manners.webhook_url, data=raw, headers=headers, method="POST")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    self.deliveries.append(answer.status)
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
            if self.path == "/sandbox":
                answer = self.provider.settle(body)
            elif self.path == "/verifications":
                answer = self.provider.verify(**body)
            elif found := re.fullmatch(r"/payments/(\w+)/pay", self.path):
                answer = self.provider.pay(found[1], body)
            else:
                answer = self.provider.keyed(self.headers.get("idempotency-key", ""), self.path, body)
            self._answer(200, answer)
        except Refused as refused:
            self._answer(refused.status, {"error": str(refused)})
        except (ValueError, TypeError):
            self._answer(422, {"error": "that cannot be read"})

    def do_GET(self) -> None:
        self._answer(200, {"status": "ok"})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet: what was delivered is in `deliveries`."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(port: int) -> Server:
    """A sandbox of its own on loopback; port 0 takes a free one."""
    return Server(("127.0.0.1", port), type("Bound", (Handler,), {"provider": Provider()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    serve(parser.parse_args().port).serve_forever()
