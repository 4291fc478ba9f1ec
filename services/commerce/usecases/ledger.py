"""The ledger, as platform operators read it."""

from __future__ import annotations

from services.commerce.errors import OperatorRequired
from services.commerce.repository import ledger as repository
from services.commerce.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.port import Item


def list_ledger_accounts(
    ports: Ports, caller: Caller, limit: int, start: Item | None
) -> tuple[list[tuple[str, str, int]], Item | None]:
    """Return a page of ledger accounts, each with its currency and balance. A debit balance is positive.

    The balances of all ledger accounts of one currency sum to zero.

    Cost: 1.5 read units for 20 ledger accounts.
    Raises: OperatorRequired.
    """
    if not caller.is_operator:
        raise OperatorRequired
    page = repository.list_balances(ports.table, limit, start)
    balances = [(*item["sk"].rpartition("#")[::2], item["balance"]) for item in page.items]
    return balances, page.next
