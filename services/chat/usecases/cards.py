"""Whether the listings that messages show can be bought, from what chat knows of sellers, circle and reader."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from services.chat.repository.circles import get_circle
from services.chat.repository.participants import find_participants
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.security.account_status import get_account_status, get_account_statuses
from services.shared.security.trading import Seller, TradeRule, TradingCircle


def trade_rule(ports: Ports, circle_id: str, list_blocked: Callable[[], Collection[str]]) -> TradeRule:
    """Return the rule for the cards that a user reads in a circle. It reads only if a listing needs it.

    list_blocked: returns the users that the reader has blocked.
    """
    return TradeRule.of(
        ports.clock(), partial(_find_circle, ports, circle_id), partial(_find_sellers, ports, circle_id), list_blocked
    )


def _find_circle(ports: Ports, circle_id: str) -> TradingCircle:
    circle = get_circle(ports.table, circle_id)
    now = ports.clock()
    is_selling = circle.selling.is_open(settings().selling_starts_after, now)
    return TradingCircle(circle.is_read_only(now), get_account_status(ports.table, circle.owner_id), is_selling)


def _find_sellers(ports: Ports, circle_id: str, user_ids: Collection[str]) -> dict[str, Seller]:
    statuses = get_account_statuses(ports.table, user_ids)
    roles = {p.user_id: str(p.role) for p in find_participants(ports.table, circle_id, user_ids) if p.is_member}
    return {user_id: Seller(roles.get(user_id, ""), status) for user_id, status in statuses.items()}
