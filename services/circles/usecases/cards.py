"""Whether the listings that notes show can be bought, from what circles knows of sellers, circle and reader."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from services.circles.repository.blocks import find_blocks
from services.circles.repository.circles import find_circle
from services.circles.repository.people import get_members
from services.circles.settings import settings
from services.circles.usecases.ports import Ports
from services.shared.security.account_status import NO_SANCTION, get_account_statuses
from services.shared.security.trading import Seller, TradeRule, TradingCircle


def trade_rule(ports: Ports, circle_id: str, reader_id: str) -> TradeRule:
    """Return the rule for the cards that a user reads in a circle. It reads only if a listing needs it."""
    return TradeRule.of(
        ports.clock(),
        partial(_find_circle, ports, circle_id),
        partial(_find_sellers, ports, circle_id),
        partial(_list_blocked, ports, reader_id),
    )


def _find_circle(ports: Ports, circle_id: str) -> TradingCircle:
    circle = find_circle(ports.table, circle_id)
    if circle is None:
        return TradingCircle(True, NO_SANCTION)
    now = ports.clock()
    is_selling = circle.selling.is_open(settings().selling_starts_after, now)
    return TradingCircle(circle.is_read_only(now), circle.owner_account_status, is_selling)


def _find_sellers(ports: Ports, circle_id: str, user_ids: Collection[str]) -> dict[str, Seller]:
    statuses = get_account_statuses(ports.table, user_ids)
    roles = {m.user_id: str(m.role) for m in get_members(ports.table, circle_id, user_ids) if m.is_active}
    return {user_id: Seller(roles.get(user_id, ""), status) for user_id, status in statuses.items()}


def _list_blocked(ports: Ports, reader_id: str) -> tuple[str, ...]:
    blocks = find_blocks(ports.table, reader_id)
    return blocks.blocked if blocks else ()
