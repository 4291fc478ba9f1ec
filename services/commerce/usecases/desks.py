"""The desks of sellers and owners: what they must do, what is paid to them and when, and the figures of their months.

A desk is read in one call. Its figures are sums that the stream counts with the balances, so they equal the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.commerce.domain import Order
from services.commerce.domain.dispute import Dispute
from services.commerce.domain.payout import Payout, PayoutSource
from services.commerce.domain.payout_account import PayoutAccount
from services.commerce.domain.product_return import Return
from services.commerce.domain.statement import Figures, months_until, pending_account
from services.commerce.repository.balances import CNY, get_balances, get_figures
from services.commerce.repository.desks import Waiting, get_waiting, list_orders_to_ship
from services.commerce.repository.disputes import DISPUTES
from services.commerce.repository.payout_accounts import get_payout_account
from services.commerce.repository.payouts import list_payouts
from services.commerce.repository.returns import RETURNS
from services.commerce.usecases.ports import Ports
from services.shared.kernel.clock import china_month
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller

MONTHS, PAYOUTS, ORDERS = 6, 5, 20


@dataclass(frozen=True, slots=True)
class Desk:
    """What a payee sees. payable, pending: the balances; a negative one is owed to the platform.

    payouts: the last 5. figures: of the last 6 months, the latest first.
    """

    payable: int
    pending: int
    currency: str
    account: PayoutAccount
    payouts: list[Payout]
    figures: list[Figures]


@dataclass(frozen=True, slots=True)
class SellerDesk:
    """The desk of a seller.

    to_ship: the first page of the orders that the seller must ship, the oldest first.
    returns: those to decide about or to receive. disputes: those to answer.
    """

    desk: Desk
    to_ship: Page[Order]
    returns: Waiting[Return]
    disputes: Waiting[Dispute]


def get_seller_desk(ports: Ports, caller: Caller) -> SellerDesk:
    """Return the desk of the caller as a seller.

    Cost: 19.5 read units with 20 orders to ship, a return and a dispute; 23.5 with 100 of each.
    """
    table, seller_id = ports.table, caller.user_id
    to_ship = list_orders_to_ship(table, seller_id, PageRequest(ORDERS))
    returns = get_waiting(table, RETURNS, seller_id, lambda one: one.waits_for_seller)
    disputes = get_waiting(table, DISPUTES, seller_id, lambda one: one.waits_for_seller)
    return SellerDesk(_get_desk(ports, caller, PayoutSource.SELLER), to_ship, returns, disputes)


def get_owner_desk(ports: Ports, caller: Caller) -> Desk:
    """Return the desk of the caller as the owner of circles: commissions that are pending, can be paid out, and were paid.

    Cost: 5.5 read units.
    """
    return _get_desk(ports, caller, PayoutSource.OWNER)


def _get_desk(ports: Ports, caller: Caller, source: PayoutSource) -> Desk:
    payee = f"{source}:{caller.user_id}"
    payable, pending = get_balances(ports.table, [(payee, CNY), (pending_account(payee), CNY)])
    account = get_payout_account(ports.table, caller.user_id)
    payouts = list_payouts(ports.table, caller.user_id, PageRequest(PAYOUTS)).items
    figures = get_figures(ports.table, payee, CNY, months_until(china_month(ports.clock()), MONTHS))
    return Desk(-payable, -pending, CNY, account, payouts, figures)
