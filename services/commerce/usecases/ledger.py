"""Looking at the books."""

from __future__ import annotations

from services.commerce.errors import OperatorsOnly
from services.commerce.repository import ledger as repository
from services.commerce.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.port import Item


def list_accounts(
    ports: Ports, caller: Caller, limit: int, start: Item | None
) -> tuple[list[tuple[str, str, int]], Item | None]:
    """Accounts with currency and balance; debits positive. Over all of them each currency sums to zero."""
    if not caller.is_operator:
        raise OperatorsOnly
    page = repository.list_accounts(ports.table, limit, start)
    found = [(*item["sk"].rpartition("#")[::2], item["balance"]) for item in page.items]
    return found, page.next
