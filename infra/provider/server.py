"""The HTTP server of the sandbox: the API of the merchant, the dashboard, and the page where buyers pay."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.provider import pages
from infra.provider.books import Books
from infra.provider.records import PayPage, ProviderError
from infra.provider.texts import choose_language
from infra.provider.verifier import verify
from infra.provider.webhooks import Webhooks
from services.shared.kernel.clock import utc_now

MAX_BODY = 1024 * 1024
ID = r"([\w-]+)"


class Provider:
    """The sandbox: its books and webhooks, and the request and response of each idempotency key."""

    def __init__(self) -> None:
        self.webhooks = Webhooks()
        self.books = Books(self.webhooks.send)
        self.tokens = pages.FormTokens()
        self.responses: dict[str, tuple[str, dict[str, Any]]] = {}
        self.lock = threading.RLock()

    def handle_once(self, key: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Handle a request once per key. A repeat gets the first response; the same key for another request is an error."""
        if not key:
            raise ProviderError(400, "the idempotency-key header is missing")
        request = f"{path} {json.dumps(body, sort_keys=True)}"
        if key in self.responses and self.responses[key][0] != request:
            raise ProviderError(422, "this idempotency-key was used for another request")
        if key not in self.responses:
            self.responses[key] = (request, self._handle(path, body))
        return self.responses[key][1]

    def _handle(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/pages":
            page = self.books.open_page(**body)
            payments = {payment.reference: payment.payment_id for payment in page.payments}
            return {"pay_url": f"/pages/{page.page_id}", "payments": payments}
        if path == "/payouts":
            return self.books.pay_out(**body)
        if match := re.fullmatch(f"/payments/{ID}/refunds", path):
            if not body.get("reference"):
                raise ProviderError(422, "the reference is missing")
            return self.books.refund(match[1], **body)
        raise ProviderError(404, "this address does not exist")

    def read(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """Return what a GET of the API asks for."""
        if match := re.fullmatch(f"/accounts/{ID}", path):
            return self.books.get_account(match[1]).to_json()
        if path == "/movements":
            return self.books.list_movements(**query)
        if path == "/":
            return {"status": "ok"}
        raise ProviderError(404, "this address does not exist")

    def find_operation(self, path: str) -> Callable[..., dict[str, Any]] | None:
        """Return what an operator, a bank or a test does at this address; None if it belongs to the API."""
        operations: dict[str, Callable[..., dict[str, Any]]] = {
            "/sandbox": self.configure,
            "/verifications": lambda **body: verify(self.webhooks.behavior.verifier_secret, **body),
            f"/dashboard/payments/{ID}/refund": self._refund_at_dashboard,
            f"/dashboard/payments/{ID}/chargeback": self.books.open_chargeback,
            f"/dashboard/chargebacks/{ID}": self.books.close_chargeback,
            f"/dashboard/accounts/{ID}": self.books.set_account,
        }
        for pattern, operation in operations.items():
            if match := re.fullmatch(pattern, path):
                return lambda **body: operation(*match.groups(), **body)
        return None

    def _refund_at_dashboard(self, payment_id: str, amount: int | None = None) -> dict[str, Any]:
        """Refund a payment, all that is left by default, without a request of the merchant."""
        payment = self.books.get_payment(payment_id)
        return self.books.refund(payment_id, payment.left if amount is None else amount, payment.currency)

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Change the behavior; `flush` delivers the webhooks that were held back."""
        self.webhooks.deliver_all(self.webhooks.configure(changes))
        self.books.fails = set(self.webhooks.behavior.fails)
        return {"waiting": len(self.webhooks.waiting), "delivered": len(self.webhooks.deliveries)}

    def submit(self, page: PayPage, token: str, result: str) -> None:
        """Pay or fail as a buyer chose on the page. Unchanged if the form was submitted before."""
        number = self.tokens.find_number(page, token)
        if number is None or (result != "pay" and result not in pages.FAILURES):
            raise ProviderError(403, "the form is not of this page")
        if number != page.number:
            return
        page.number += 1
        if result == "pay":
            self.books.pay(page)
        else:
            self.books.fail(page, result)


class Handler(BaseHTTPRequestHandler):
    provider: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._run(self._post)

    def do_GET(self) -> None:
        self._run(self._get)

    def _run(self, handle: Callable[[str, dict[str, str]], None]) -> None:
        try:
            parts = urlsplit(self.path)
            handle(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})
        except ProviderError as error:
            self._respond_json(error.status, {"error": str(error)})
        except (ValueError, TypeError, KeyError):
            self._respond_json(422, {"error": "the request cannot be parsed"})

    def _post(self, path: str, query: dict[str, str]) -> None:
        raw = self._body()
        if path.startswith("/pages/"):
            self._submit(path, query, raw)
            return
        body = json.loads(raw or b"{}")
        if operation := self.provider.find_operation(path):
            if path == "/sandbox":  # it delivers, which waits for responses that can need the sandbox
                self._respond_json(200, operation(**body))
                return
            with self.provider.lock:
                result = operation(**body)
        else:
            with self.provider.lock:
                result = self.provider.handle_once(self.headers.get("idempotency-key", ""), path, body)
        self._respond_json(200, result)

    def _get(self, path: str, query: dict[str, str]) -> None:
        if path.startswith("/pages/"):
            view = self._find_view(path, query)
            html = pages.render(view, self.provider.tokens.issue(view.page)) if view else self._missing(query)
            self._respond(200 if view else 404, html.encode(), "text/html; charset=utf-8", pages.HEADERS)
            return
        with self.provider.lock:
            result = self.provider.read(path, query)
        self._respond_json(200, result)

    def _submit(self, path: str, query: dict[str, str], raw: bytes) -> None:
        """Handle the form of a page, then show the page again. Only the page itself can submit it."""
        own = f"http://{self.headers.get('host', '')}", f"https://{self.headers.get('host', '')}"
        if self.headers.get("origin", own[0]) not in own or self.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise ProviderError(403, "another site submitted the form")
        view = self._find_view(path, query)
        if view is None:
            raise ProviderError(404, "this page does not exist")
        form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        with self.provider.lock:
            try:
                self.provider.submit(view.page, form.get("token", ""), form.get("result", ""))
            except ProviderError as error:
                if error.status != 410:  # an expired page says so itself
                    raise
        self._respond(303, b"", "text/plain", {**pages.HEADERS, "location": view.address()})

    def _find_view(self, path: str, query: dict[str, str]) -> pages.View | None:
        page = self.provider.books.pages.get(path.removeprefix("/pages/"))
        if page is None:
            return None
        return_to = pages.allowed_return(query.get("return_to", ""), self.provider.webhooks.behavior.return_origins)
        return pages.View(page, self._language(query), return_to, page.is_expired(utc_now()))

    def _missing(self, query: dict[str, str]) -> str:
        return pages.render_missing(self._language(query))

    def _language(self, query: dict[str, str]) -> str:
        return choose_language(query.get("lang", ""), self.headers.get("accept-language", ""))

    def _body(self) -> bytes:
        length = int(self.headers.get("content-length", 0))
        if not 0 <= length <= MAX_BODY:
            raise ProviderError(413, "the body is too long")
        return self.rfile.read(length)

    def _respond_json(self, status: int, body: dict[str, Any]) -> None:
        self._respond(status, json.dumps(body).encode(), "application/json", {})

    def _respond(self, status: int, raw: bytes, type: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": type, "content-length": str(len(raw)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: the webhooks have the status of each delivery."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    provider: Provider


def serve(port: int) -> Server:
    """Return a server for a new sandbox on loopback; port 0 chooses a free port."""
    provider = Provider()
    server = Server(("127.0.0.1", port), type("Bound", (Handler,), {"provider": provider}))
    server.provider = provider
    return server
