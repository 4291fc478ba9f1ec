"""Statements of a month: each movement of a seller or owner; of the platform the sums by day and reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from services.commerce.domain.ledger import PLATFORM
from services.commerce.domain.payout import PayoutSource
from services.commerce.domain.statement import Figures, StatementLine
from services.commerce.errors import StatementTooLong
from services.commerce.repository.balances import CNY, list_platform_figures
from services.commerce.repository.statements import iter_lines
from services.commerce.usecases.ports import Ports
from services.shared.kernel.clock import shift_month, start_of_china_day
from services.shared.security.auth import Caller

MAX_LINES = 10_000  # about 1 MB; a response has at most 6 MB


def get_statement(ports: Ports, caller: Caller, source: PayoutSource, month: str) -> list[StatementLine]:
    """Return the movements of the caller's ledger accounts in a month in China, the earliest first.

    Cost: 2 read units for 2 movements.
    Raises: StatementTooLong (the export of the account has all movements).
    """
    start, end = _bounds(month)
    lines = iter_lines(ports.table, f"{source}:{caller.user_id}", CNY, start, end)
    return _at_most(lines)


def get_platform_statement(ports: Ports, caller: Caller, month: str) -> list[StatementLine]:
    """Return the sums of the platform in a month in China, by day and reason.

    Cost: 8.5 read units.
    Raises: OperatorRequired.
    """
    caller.require_operator()
    return [line for figures in list_platform_figures(ports.table, CNY, month) for line in _lines_of_day(figures)]


def _lines_of_day(figures: Figures) -> Iterator[StatementLine]:
    at = start_of_china_day(date.fromisoformat(figures.period))
    for reason, amount in sorted(figures.payable.items()):
        yield StatementLine(at, reason, PLATFORM, is_pending=False, amount=amount, currency=CNY)


def _at_most(lines: Iterable[StatementLine]) -> list[StatementLine]:
    found = list(islice(lines, MAX_LINES + 1))
    if len(found) > MAX_LINES:
        raise StatementTooLong(limit=MAX_LINES)
    return found


def _bounds(month: str) -> tuple[datetime, datetime]:
    first = date.fromisoformat(f"{month}-01")
    return start_of_china_day(first), start_of_china_day(date.fromisoformat(f"{shift_month(month, 1)}-01"))
