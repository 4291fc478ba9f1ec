"""Pays out what sellers and owners have earned."""

from __future__ import annotations

from collections.abc import Iterable

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import AccountState
from services.commerce.domain.money import Money
from services.commerce.domain.payout import PayoutSource
from services.commerce.repository.balances import get_balances
from services.commerce.settings import settings
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key


def pay_out(simulation: Simulation, user: Caller, amount: int | None = None, *, is_confirmed: bool = True) -> None:
    """Pay out an amount of the user's sales, or all that they have as seller and owner.

    is_confirmed: whether the provider reports at once that it has paid.
    """
    sources = list(PayoutSource) if amount is None else [PayoutSource.SELLER]
    ports, account_id = simulation.commerce, f"acct_{user.user_id[:8]}"
    balances = get_balances(ports.table, [(f"{source}:{user.user_id}", "CNY") for source in sources], consistent_read=True)
    amounts = [(source, amount or -balance) for source, balance in zip(sources, balances, strict=True) if balance < 0]
    if not amounts:
        return
    simulation.payments.set_account(account_id, AccountState.VERIFIED)
    with overridden(settings, payout_hold=settings().payout_hold * 0):
        version = commerce.get_payout_account(ports, user).version
        commerce.set_payout_account(ports, user, change(version), account_id)
    for source, each in amounts:
        simulation.clock.advance(seconds=1)
        key = new_key(user, now=simulation.clock.now)
        payout = commerce.request_payout(ports, user, key, source=source, amount=Money(each, "CNY"))
        while commerce.handle_schedule(ports):
            pass
        if is_confirmed:
            event = commerce.PayoutEvent("payout.succeeded", payout.reference, payout.amount)
            commerce.handle_provider_event(ports, event)


def pay_out_all(simulation: Simulation, users: Iterable[Caller]) -> None:
    for user in users:
        pay_out(simulation, user)
