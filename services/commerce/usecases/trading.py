"""Whether listings can be bought, from what commerce knows of sellers, circle and reader."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial

from services.commerce.domain.circle import Circle, Member
from services.commerce.repository.circles import find_members, get_circle
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.security.account_status import NO_SANCTION, AccountStatus, get_account_status, get_account_statuses
from services.shared.security.trading import Seller, TradeRule, TradingCircle
from services.shared.table.blocks import list_blocked_users


def trade_rule(ports: Ports, circle_id: str, reader_id: str) -> TradeRule:
    """Return the rule for the listings that a user reads or buys in a circle. It reads only if a listing needs it.

    Cost: 1.5 read units, and 1 per seller.
    """
    return TradeRule.of(
        ports.clock(),
        partial(_find_circle, ports, circle_id),
        partial(_find_sellers, ports, circle_id),
        partial(list_blocked_users, ports.table, reader_id),
    )


def _find_circle(ports: Ports, circle_id: str) -> TradingCircle:
    circle = get_circle(ports.table, circle_id)
    owner_status = get_account_status(ports.table, circle.owner_id) if circle.owner_id else NO_SANCTION
    now = ports.clock()
    return TradingCircle(circle.is_read_only(now), owner_status, is_selling(circle, now))


def is_selling(circle: Circle, now: datetime) -> bool:
    """Whether products can be sold in the circle now, as far as its age and the brake of its members decide."""
    return circle.selling.is_open(settings().selling_starts_after, now)


def _find_sellers(ports: Ports, circle_id: str, user_ids: Collection[str]) -> dict[str, Seller]:
    statuses = get_account_statuses(ports.table, user_ids)
    members = find_members(ports.table, circle_id, user_ids)
    return {user_id: seller_of(members.get(user_id), status) for user_id, status in statuses.items()}


def seller_of(member: Member | None, status: AccountStatus) -> Seller:
    return Seller(member.role if member and member.state == "member" else "", status)
