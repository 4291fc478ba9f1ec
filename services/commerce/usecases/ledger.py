"""The ledger, as platform operators read it."""

from __future__ import annotations

from services.commerce.domain.ledger import Balance
from services.commerce.repository.balances import list_balances
from services.commerce.usecases.ports import Ports
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller


def list_ledger_accounts(ports: Ports, caller: Caller, page: PageRequest) -> Page[Balance]:
    """Return a page of ledger accounts, each with its currency and balance. A debit balance is positive.

    The balances of all ledger accounts of one currency sum to zero.

    Cost: 32.5 read units for the first page, if all partitions must be read for it; fewer with thousands of ledger accounts.
    Raises: OperatorRequired.
    """
    caller.require_operator()
    return list_balances(ports.table, page)
