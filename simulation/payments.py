"""The stand-in of the payment provider."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

from services.commerce.adapters.payments import (
    AccountState,
    Movement,
    MovementKind,
    MovementPage,
    Payment,
    PaymentPage,
    PaymentPart,
    ProviderAccount,
    ProviderDenied,
    ProviderFailed,
)
from services.commerce.domain.money import Money
from services.shared.kernel.clock import Clock, rfc3339, utc_now

MOVEMENTS_PER_PAGE = 100


class FakePayments:
    """A provider in process, as strict as the sandbox. The contract suite in tests/provider covers both.

    captured: the sum by payment and currency, beside what was started. refunds: the payment and the amount by reference.
    failed_refunds: those that failed after they were taken. is_failing: whether it takes no refunds now.
    charged_back: what chargebacks took that are open or lost. paid_out: the account and the amount by reference.
    sent: its events, in order. assumes_captured: a payment that was started counts as captured, and the provider can pay out
        any sum, so that tests need not say so.
    """

    def __init__(self, *, assumes_captured: bool = True, clock: Clock = utc_now) -> None:
        self.assumes_captured, self.clock = assumes_captured, clock
        self.started: dict[str, tuple[Payment, Money]] = {}
        self.pages: dict[frozenset[str], PaymentPage] = {}
        self.captured: Counter[tuple[str, str]] = Counter()
        self.refunds: dict[str, tuple[str, Money]] = {}
        self.failed_refunds: dict[str, tuple[str, Money]] = {}
        self.is_failing = False
        self.charged_back: Counter[tuple[str, str]] = Counter()
        self.chargebacks: dict[str, tuple[str, Money]] = {}  # that are open
        self.number_of_chargebacks = 0
        self.paid_out: dict[str, tuple[str, Money]] = {}
        self.accounts: dict[str, ProviderAccount] = {}
        self.movements: list[Movement] = []
        self.sent: list[dict[str, Any]] = []

    @property
    def refunded(self) -> dict[str, Money]:
        """The amount of each refund, by its reference."""
        return {reference: amount for reference, (_, amount) in self.refunds.items()}

    def start(self, parts: Sequence[PaymentPart]) -> PaymentPage:
        payments = {part.reference: self.start_one(part.reference, part.amount).id for part in parts}
        address = f"https://provider.example/pages/page_{len(self.pages)}"
        return self.pages.setdefault(frozenset(payments), PaymentPage(address, payments))

    def start_one(self, reference: str, amount: Money) -> Payment:
        """Return the payment of a reference, as a test needs it that shows no page."""
        new = Payment(f"pay_{len(self.started)}", "https://provider.example/pages/page")
        payment, started_amount = self.started.setdefault(reference, (new, amount))
        if started_amount != amount:
            raise ProviderDenied("the same reference for another amount")
        return payment

    def capture(self, payment_id: str, amount: Money) -> None:
        """Capture an amount, beside what a started payment has."""
        self.captured[payment_id, amount.currency] += amount.amount

    def pay(self, page: PaymentPage, payer: str = "") -> None:
        """Capture the payments of a page that are open, as a buyer. If none is, new payments of all are captured."""
        parts = [(reference, self.started[reference][0].id, self.started[reference][1]) for reference in page.payments]
        is_open = [part for part in parts if not self.captured[part[1], part[2].currency]]
        again = [(reference, f"{started}_{len(self.sent)}", money) for reference, started, money in parts]
        for reference, payment_id, money in is_open or again:
            self.capture(payment_id, money)
            self._move(MovementKind.CAPTURE, payment_id, payment_id, reference, money)
            about = {"captured_at": rfc3339(self.clock()), "payer": payer or f"payer_{reference.partition('/')[0]}"}
            self._send("payment.captured", payment_id, reference, money, **about)

    def fail(self, page: PaymentPage, reason: str) -> None:
        """Deny the buyer's try to pay a page."""
        for reference in page.payments:
            payment, money = self.started[reference]
            if not self.captured[payment.id, money.currency]:
                self._send("payment.failed", payment.id, reference, money, reason=reason)

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        if self.is_failing:
            raise ProviderFailed("the payment provider returned 503")
        if self._is_repeat(self.refunds | self.failed_refunds, reference, (payment_id, amount)):
            return
        self._require_left(payment_id, amount)
        self.refunds[reference] = (payment_id, amount)
        self._report_refund(payment_id, amount, f"ref_{len(self.refunds)}", reference)

    def fail_refund(self, reference: str) -> None:
        """Let a refund fail that was taken, as the bank of the buyer can. A repeat of its request does not make it."""
        self.failed_refunds[reference] = self.refunds.pop(reference)

    def refund_at_dashboard(self, payment_id: str, amount: Money) -> None:
        """Refund as an operator does on the provider's pages, without a request of the merchant."""
        self._require_left(payment_id, amount)
        self.refunds[f"dashboard {len(self.refunds)}"] = (payment_id, amount)
        self._report_refund(payment_id, amount, f"ref_{len(self.refunds)}", "")

    def _report_refund(self, payment_id: str, amount: Money, refund_id: str, refund_reference: str) -> None:
        reference = self.find_reference(payment_id)
        self._move(MovementKind.REFUND, refund_id, payment_id, reference, amount)
        about = {"refund_id": refund_id} | ({"refund_reference": refund_reference} if refund_reference else {})
        self._send("refund.succeeded", payment_id, reference, amount, **about)

    def pay_out(self, account_id: str, amount: Money, reference: str) -> None:
        if self._is_repeat(self.paid_out, reference, (account_id, amount)):
            return
        account, payout_id = self.get_account(account_id), f"po_{len(self.paid_out)}"
        event = {"payout_id": payout_id, "account_id": account_id}
        if amount.amount <= 0:
            raise ProviderDenied("a payout must be positive")
        self.paid_out[reference] = (account_id, amount)
        reason = self._payout_failure(account, amount)
        if reason is None:
            self._move(MovementKind.PAYOUT, payout_id, "", reference, amount)
        self._emit("payout.failed" if reason else "payout.succeeded", reference, amount, **event, reason=reason)

    def _payout_failure(self, account: ProviderAccount, amount: Money) -> str | None:
        if account.state is not AccountState.VERIFIED or account.currently_due:
            return "account_not_verified"
        held = sum(movement.cash_change for movement in self.movements)
        return None if self.assumes_captured or amount.amount <= held else "balance_insufficient"

    def set_account(self, account_id: str, state: AccountState, *currently_due: str) -> None:
        """Open an account, or change it, as the verification of the payee does."""
        account = self.accounts[account_id] = ProviderAccount(account_id, state, currently_due)
        self.sent.append(
            self._event("account.updated", account_id=account_id, state=state, currently_due=account.currently_due)
        )

    def get_account(self, account_id: str) -> ProviderAccount:
        if account_id not in self.accounts:
            raise ProviderDenied("this account does not exist")
        return self.accounts[account_id]

    def open_chargeback(self, payment_id: str, amount: Money) -> str:
        """Take back what is left of a payment, as the buyer's bank does, and return the id of the chargeback."""
        self._require_left(payment_id, amount)
        self.number_of_chargebacks += 1
        chargeback_id = f"cb_{self.number_of_chargebacks}"
        self.chargebacks[chargeback_id] = (payment_id, amount)
        self.charged_back[payment_id, amount.currency] += amount.amount
        reference = self.find_reference(payment_id)
        self._move(MovementKind.CHARGEBACK, chargeback_id, payment_id, reference, amount)
        self._send("chargeback.opened", payment_id, reference, amount, chargeback_id=chargeback_id)
        return chargeback_id

    def close_chargeback(self, chargeback_id: str, state: str) -> None:
        """Decide a chargeback: `won`, and the money comes back, or `lost`."""
        payment_id, amount = self.chargebacks.pop(chargeback_id)
        reference = self.find_reference(payment_id)
        if state == "won":
            self.charged_back[payment_id, amount.currency] -= amount.amount
            self._move(MovementKind.CHARGEBACK_REVERSAL, chargeback_id, payment_id, reference, amount)
        self._send(f"chargeback.{state}", payment_id, reference, amount, chargeback_id=chargeback_id)

    def list_movements(self, day: date, cursor: str = "") -> MovementPage:
        of_day = [movement for movement in self.movements if movement.at.astimezone(UTC).date() == day]
        start = int(cursor or "0")
        end = start + MOVEMENTS_PER_PAGE
        return MovementPage(tuple(of_day[start:end]), str(end) if end < len(of_day) else "")

    def get_captured(self, payment_id: str, currency: str) -> int:
        """Return what was captured."""
        started = (amount for payment, amount in self.started.values() if payment.id == payment_id and self.assumes_captured)
        return self.captured[payment_id, currency] + sum(each.amount for each in started if each.currency == currency)

    def get_refunded(self, payment_id: str, currency: str) -> int:
        refunds = (amount for refunded_id, amount in self.refunds.values() if refunded_id == payment_id)
        return sum(each.amount for each in refunds if each.currency == currency)

    def get_left(self, payment_id: str, currency: str) -> int:
        """Return what is captured, and neither refunded nor charged back."""
        key = (payment_id, currency)
        return self.get_captured(*key) - self.get_refunded(*key) - self.charged_back[key]

    def find_reference(self, payment_id: str) -> str:
        """Return the reference of a payment, also of a further payment of the same page; empty for an unknown one."""
        started_id = "_".join(payment_id.split("_")[:2])
        found = (reference for reference, (payment, _) in self.started.items() if payment.id == started_id)
        return next(found, "")

    def _is_repeat(self, earlier: dict[str, tuple[str, Money]], reference: str, asked: tuple[str, Money]) -> bool:
        if not reference:
            raise ProviderDenied("the reference is missing")
        if earlier.get(reference, asked) != asked:
            raise ProviderDenied("the same reference for another request")
        return reference in earlier

    def _require_left(self, payment_id: str, amount: Money) -> None:
        if not 0 < amount.amount <= self.get_left(payment_id, amount.currency):
            raise ProviderDenied("the amount exceeds what was captured and is left")

    def _move(self, kind: MovementKind, moved: str, payment_id: str, reference: str, amount: Money) -> None:
        self.movements.append(Movement(kind, moved, payment_id, reference, amount, self.clock()))

    def _send(self, type: str, payment_id: str, reference: str, amount: Money, **more: str) -> None:
        self._emit(type, reference, amount, payment_id=payment_id, **more)

    def _emit(self, type: str, reference: str, amount: Money, **more: str | None) -> None:
        money = {"amount": amount.amount, "currency": amount.currency}
        self.sent.append(
            self._event(type, reference=reference, **money, **{name: v for name, v in more.items() if v is not None})
        )

    def _event(self, type: str, **body: Any) -> dict[str, Any]:
        return {"event_id": f"evt_{len(self.sent):08}", "type": type, "created_at": rfc3339(self.clock()), **body}
