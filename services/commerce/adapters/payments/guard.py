"""The guard around the requests that move money: no two with the same reference run at the same time, or one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.commerce.adapters.payments.port import MovementPage, PaymentPage, PaymentPart, PaymentProvider, ProviderAccount
from services.commerce.domain.money import Money
from services.commerce.domain.provider_call import ProviderCall


class CallStore(Protocol):
    """Where the records of requests are stored: `repository.provider_calls.ProviderCalls`."""

    def start(self, call: ProviderCall, now: datetime) -> ProviderCall | None: ...

    def find(self, key: str) -> ProviderCall | None: ...

    def complete(self, call: ProviderCall) -> None: ...

    def delete(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class GuardedPaymentProvider:
    """A provider whose refunds and payouts Powertools' Idempotency guards. The provider's own key guards them too.

    A repeat of a request that succeeded returns without a call for a day; one that runs now is ProviderFailed.
    Cost: 2 write units a request that succeeds, 2 a request that fails, 1 write and no read unit a repeat.
    """

    provider: PaymentProvider
    calls: CallStore

    def start(self, parts: Sequence[PaymentPart]) -> PaymentPage:
        return self.provider.start(parts)

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        from services.commerce.adapters.payments.once import call_once  # 35 ms of a cold start

        call_once(self.calls, "refund", payment_id, amount, reference, self.provider.refund)

    def pay_out(self, account_id: str, amount: Money, reference: str) -> None:
        from services.commerce.adapters.payments.once import call_once

        call_once(self.calls, "payout", account_id, amount, reference, self.provider.pay_out)

    def get_account(self, account_id: str) -> ProviderAccount:
        return self.provider.get_account(account_id)

    def list_movements(self, day: date, cursor: str = "") -> MovementPage:
        return self.provider.list_movements(day, cursor)
