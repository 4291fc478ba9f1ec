"""The rules of the sandbox: what it captures, refunds, pays out and charges back, and the events that it sends of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ulid import ULID

from infra.provider.records import Account, Chargeback, Payment, PayPage, ProviderError
from services.shared.kernel.clock import rfc3339, utc_now

METHODS = ("wechat_pay", "alipay", "card")
ACCOUNT_STATES = ("pending", "verified", "restricted")
MOVEMENTS_PER_PAGE = 100
Send = Callable[[dict[str, Any]], None]


class Books:
    """The state of the provider.

    send: delivers an event. done: what each reference of a refund or payout asked for, and its result.
    held: what the provider holds for the merchant. fails: which of `refund` and `payout` fail by an event, for tests.
    """

    def __init__(self, send: Send, clock: Callable[[], datetime] = utc_now) -> None:
        self.send, self.clock = send, clock
        self.payments: dict[str, Payment] = {}
        self.started: dict[str, Payment] = {}  # by reference
        self.pages: dict[str, PayPage] = {}
        self.page_of: dict[frozenset[str], PayPage] = {}
        self.done: dict[tuple[str, str], tuple[tuple[Any, ...], dict[str, Any]]] = {}
        self.chargebacks: dict[str, Chargeback] = {}
        self.accounts: dict[str, Account] = {}
        self.movements: list[dict[str, Any]] = []
        self.held = 0
        self.first_event, self.number = f"evt_{ULID()}", 0  # ids of events sort as they happened
        self.fails: set[str] = set()

    def open_page(self, parts: list[dict[str, Any]], methods: list[str], lifetime_seconds: int) -> PayPage:
        """Return the page of these references: the one that was opened for them before, or a new one."""
        references = frozenset(str(part["reference"]) for part in parts)
        if not parts or len(references) < len(parts) or not methods or not set(methods) <= set(METHODS):
            raise ProviderError(422, "a page needs parts with a reference each, and methods of payment")
        for part in parts:
            _require_amount(part["amount"], part["currency"])
            earlier = self.started.get(part["reference"])
            if earlier and (earlier.amount, earlier.currency) != (part["amount"], part["currency"]):
                raise ProviderError(422, "this reference was used for another amount")
        if references not in self.page_of:
            payments = [self._start(**part) for part in parts]
            page = PayPage(f"page_{ULID()}", payments, methods, self.clock(), timedelta(seconds=lifetime_seconds))
            self.page_of[references] = self.pages[page.page_id] = page
        return self.page_of[references]

    def _start(self, reference: str, amount: int, currency: str) -> Payment:
        if reference not in self.started:
            self.started[reference] = self._add_payment(reference, amount, currency)
        return self.started[reference]

    def _add_payment(self, reference: str, amount: int, currency: str) -> Payment:
        payment = Payment(f"pay_{ULID()}", reference, amount, currency)
        self.payments[payment.payment_id] = payment
        return payment

    def pay(self, page: PayPage, payer: str = "") -> None:
        """Capture the payments of a page that are open. If none is, the buyer pays all again: new payments are captured.

        payer: whose money it is; by default each buyer pays their own orders.
        """
        self._require_open(page)
        page.failure = ""
        payments = page.open_payments
        if not payments:
            payments = [self._add_payment(each.reference, each.amount, each.currency) for each in page.payments]
        for payment in payments:
            payment.captured_at = self.clock()
            self._move("capture", payment.payment_id, payment, payment.amount)
            about = {
                "captured_at": rfc3339(payment.captured_at),
                "payer": payer or f"payer_{payment.reference.partition('/')[0]}",
            }
            self._send("payment.captured", payment, payment.amount, **about)

    def fail(self, page: PayPage, reason: str) -> None:
        """Deny the buyer's try to pay. The page can be paid afterwards."""
        self._require_open(page)
        page.failure = reason
        for payment in page.open_payments:
            self._send("payment.failed", payment, payment.amount, reason=reason)

    def _require_open(self, page: PayPage) -> None:
        if page.is_expired(self.clock()):
            raise ProviderError(410, "the page has expired")

    def refund(self, payment_id: str, amount: int, currency: str, reference: str | None = None) -> dict[str, Any]:
        """Refund a part of a payment. reference: of the merchant; None for a refund that is made at the provider's pages."""
        payment, about = self.get_payment(payment_id), (payment_id, amount, currency)
        if reference is not None and (earlier := self._find_done("refund", reference, about)):
            return earlier
        _require_amount(amount, currency)
        if amount > payment.left:
            raise ProviderError(422, "the refund exceeds what was captured and is left")
        refund = {"refund_id": f"ref_{ULID()}"} | ({"refund_reference": reference} if reference else {})
        if "refund" in self.fails and reference:
            self._send("refund.failed", payment, amount, reason="account_closed", **refund)
        else:
            payment.refunded += amount
            self._move("refund", refund["refund_id"], payment, -amount)
            self._send("refund.succeeded", payment, amount, **refund)
        return self._set_done("refund", reference, about, {"refund_id": refund["refund_id"]})

    def pay_out(self, account_id: str, amount: int, currency: str, reference: str) -> dict[str, Any]:
        """Pay out to an account. An event has the result: it fails if the account cannot be paid, or too little is held."""
        about = (account_id, amount, currency)
        if earlier := self._find_done("payout", reference, about):
            return earlier
        _require_amount(amount, currency)
        account, payout_id = self.get_account(account_id), f"po_{ULID()}"
        event = {"payout_id": payout_id, "account_id": account_id, "reference": reference, "amount": amount}
        if reason := self._payout_failure(account, amount):
            self._emit("payout.failed", **event, currency=currency, reason=reason)
        else:
            self.held -= amount
            self._add_movement("payout", payout_id, "", reference, amount, currency)
            self._emit("payout.succeeded", **event, currency=currency)
        return self._set_done("payout", reference, about, {"payout_id": payout_id})

    def _payout_failure(self, account: Account, amount: int) -> str:
        if account.state != "verified" or account.currently_due:
            return "account_not_verified"
        return "balance_insufficient" if amount > self.held or "payout" in self.fails else ""

    def set_account(self, account_id: str, state: str, currently_due: list[str]) -> dict[str, Any]:
        """Open an account, or change it, as the verification of the payee does."""
        if state not in ACCOUNT_STATES:
            raise ProviderError(422, "this state does not exist")
        self.accounts[account_id] = Account(account_id, state, list(currently_due))
        self._emit("account.updated", **self.accounts[account_id].to_json())
        return self.accounts[account_id].to_json()

    def open_chargeback(self, payment_id: str, amount: int | None = None) -> dict[str, Any]:
        """Take a payment back, all that is left of it by default, as the buyer's bank does."""
        payment = self.get_payment(payment_id)
        amount = payment.left if amount is None else amount
        _require_amount(amount, payment.currency)
        if amount > payment.left:
            raise ProviderError(422, "the chargeback exceeds what was captured and is left")
        chargeback = Chargeback(f"cb_{ULID()}", payment, amount)
        self.chargebacks[chargeback.chargeback_id] = chargeback
        payment.charged_back += amount
        self._move("chargeback", chargeback.chargeback_id, payment, -amount)
        self._send("chargeback.opened", payment, amount, chargeback_id=chargeback.chargeback_id)
        return {"chargeback_id": chargeback.chargeback_id}

    def close_chargeback(self, chargeback_id: str, state: str) -> dict[str, Any]:
        """Decide a chargeback: the merchant has `won` it and gets the money back, or has `lost` it."""
        chargeback = self.chargebacks.get(chargeback_id)
        if chargeback is None or chargeback.state != "open" or state not in ("won", "lost"):
            raise ProviderError(409, "this chargeback is not open")
        payment, chargeback.state = chargeback.payment, state
        if state == "won":
            payment.charged_back -= chargeback.amount
            self._move("chargeback_reversal", chargeback_id, payment, chargeback.amount)
        self._send(f"chargeback.{state}", payment, chargeback.amount, chargeback_id=chargeback_id)
        return {"chargeback_id": chargeback_id, "state": state}

    def list_movements(self, day: str, cursor: str = "0") -> dict[str, Any]:
        """Return a page of what moved on a day in UTC, the earliest first."""
        asked, start = date.fromisoformat(day), int(cursor)
        of_day = [one for one in self.movements if datetime.fromisoformat(one["at"]).astimezone(UTC).date() == asked]
        end = start + MOVEMENTS_PER_PAGE
        return {"movements": of_day[start:end], "next_cursor": str(end) if end < len(of_day) else ""}

    def get_payment(self, payment_id: str) -> Payment:
        if payment_id not in self.payments:
            raise ProviderError(404, "this payment does not exist")
        return self.payments[payment_id]

    def get_account(self, account_id: str) -> Account:
        if account_id not in self.accounts:
            raise ProviderError(404, "this account does not exist")
        return self.accounts[account_id]

    def _find_done(self, kind: str, reference: str, about: tuple[Any, ...]) -> dict[str, Any] | None:
        asked, result = self.done.get((kind, reference), (about, None))
        if asked != about:
            raise ProviderError(422, f"this reference was used for another {kind}")
        return result

    def _set_done(self, kind: str, reference: str | None, about: tuple[Any, ...], result: dict[str, Any]) -> dict[str, Any]:
        if reference is not None:
            self.done[kind, reference] = (about, result)
        return result

    def _move(self, kind: str, id: str, payment: Payment, change: int) -> None:
        self.held += change
        self._add_movement(kind, id, payment.payment_id, payment.reference, abs(change), payment.currency)

    def _add_movement(self, kind: str, id: str, payment_id: str, reference: str, amount: int, currency: str) -> None:
        about = {"kind": kind, "id": id, "payment_id": payment_id, "reference": reference}
        self.movements.append({**about, "amount": amount, "currency": currency, "at": rfc3339(self.clock())})

    def _send(self, type: str, payment: Payment, amount: int, **more: Any) -> None:
        about = {"payment_id": payment.payment_id, "reference": payment.reference, "currency": payment.currency}
        self._emit(type, amount=amount, **about, **more)

    def _emit(self, type: str, **body: Any) -> None:
        self.number += 1
        self.send(
            {"event_id": f"{self.first_event}_{self.number:08}", "type": type, "created_at": rfc3339(self.clock()), **body}
        )


def _require_amount(amount: Any, currency: Any) -> None:
    if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0 or currency != "CNY":
        raise ProviderError(422, "the amount must be a positive integer of fen, in CNY")
