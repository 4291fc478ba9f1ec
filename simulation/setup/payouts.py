"""A shop whose seller has been paid for a sale, and has a verified account at the provider."""

from __future__ import annotations

from typing import Any

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import AccountState
from services.commerce.domain import ListingKind, Order
from services.commerce.domain.money import Money
from services.commerce.domain.payout import Payout, PayoutSource
from services.commerce.repository.payouts import get_payout
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller

ACCOUNT, OTHER_ACCOUNT = "acct_mei", "acct_other"
OPERATORS = tuple(caller(name, "operator") for name in ("ops-one", "ops-two", "ops-three"))


class PaidShop(Shop):
    """Mei has sold something for 100.00 yuan, has 92.00 of it, and can be paid out. Lin has 3.00 as the owner.

    The operators are verified, each under an identity of their own.
    """

    def __init__(self, amount: int = 10_000, simulation: Simulation | None = None, stock: int = 100) -> None:
        super().__init__(ListingKind.MERCHANT, stock=stock, amount=amount, simulation=simulation)
        self.simulation.payments.clock = self.simulation.clock
        for operator in OPERATORS:
            self.set_identity(operator, f"identity of {operator.user_id}")
        self.sold = self.sell()
        self.simulation.clock.advance(days=8)
        while commerce.handle_schedule(self.ports):
            pass
        self.update_balances()
        self.open_account(MEI, ACCOUNT)

    def sell(self, *, blocks_seller: bool = False) -> Order:
        """Sell one unit to Hao, to the receipt of it. blocks_seller: a sanction on Mei comes before the receipt."""
        order = self.order()
        self.pay(order)
        commerce.ship_order(self.ports, MEI, order.id)
        if blocks_seller:
            self.set_account_status(MEI, "restricted")
        received = commerce.confirm_receipt(self.ports, HAO, order.id)
        self.update_balances()
        return received

    def open_account(self, user: Caller, account_id: str, *due: str, state: AccountState = AccountState.VERIFIED) -> None:
        """Open an account at the provider, set it as the user's, and let the wait pass."""
        self.simulation.payments.set_account(account_id, state, *due)
        self.set_account(user, account_id)
        self.simulation.clock.advance(hours=72)

    def set_account(self, user: Caller, account_id: str) -> None:
        self.simulation.clock.advance(milliseconds=1)
        version = commerce.get_payout_account(self.ports, user).version
        commerce.set_payout_account(self.ports, user, change(version), account_id)

    def request(
        self, amount: int, user: Caller = MEI, source: PayoutSource = PayoutSource.SELLER, key: IdempotencyKey | None = None
    ) -> Payout:
        money = Money(amount, "CNY")
        return commerce.request_payout(self.ports, user, key or self.new_key(user), source=source, amount=money)

    def run_schedule(self) -> None:
        """Run the schedule until it moves nothing: a payout is marked as being sent, then sent."""
        while commerce.handle_schedule(self.ports):
            pass

    def deliver(self) -> None:
        """Deliver the provider's events about payouts and accounts, each twice."""
        events = [event for event in self.simulation.payments.sent if event["type"].split(".")[0] in ("payout", "account")]
        for event in events * 2:
            self.receive_result(event)
        self.update_balances()

    def receive_result(self, event: dict[str, Any]) -> None:
        if event["type"] == "account.updated":
            commerce.handle_provider_event(self.ports, commerce.PayeeEvent(event["account_id"]))
        else:
            money = Money(event["amount"], event["currency"])
            commerce.handle_provider_event(self.ports, commerce.PayoutEvent(event["type"], event["reference"], money))

    def current(self, payout: Payout) -> Payout:
        return get_payout(self.simulation.commerce_table, payout.user_id, payout.id)

    def payable(self, user: Caller = MEI, source: str = "seller") -> int:
        return -self.balances().get(f"{source}:{user.user_id}", 0)


SELLER, OWNER = MEI, LIN
