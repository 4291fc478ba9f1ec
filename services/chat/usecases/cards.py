"""Whether the listings that messages show can be bought, from what chat knows of sellers, circle and reader."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from services.chat.repository.circles import get_circle
from services.chat.repository.participants import find_participant
from services.chat.usecases.ports import Ports
from services.shared.security.account_status import get_account_status
from services.shared.security.trading import Seller, TradeRule, TradingCircle


def trade_rule(ports: Ports, circle_id: str, list_blocked: Callable[[], Collection[str]]) -> TradeRule:
    """Return the rule for the cards that a user reads in a circle. It reads only if a listing needs it.

    list_blocked: returns the users that the reader has blocked.
    """
    return TradeRule.of(
        ports.clock(), partial(_find_circle, ports, circle_id), partial(_find_seller, ports, circle_id), list_blocked
    )


def _find_circle(ports: Ports, circle_id: str) -> TradingCircle:
    circle = get_circle(ports.table, circle_id)
    return TradingCircle(circle.is_read_only(ports.clock()), get_account_status(ports.table, circle.owner_id))


def _find_seller(ports: Ports, circle_id: str, user_id: str) -> Seller:
    participant = find_participant(ports.table, circle_id, user_id)
    role = str(participant.role) if participant and participant.is_member else ""
    return Seller(role, get_account_status(ports.table, user_id))
