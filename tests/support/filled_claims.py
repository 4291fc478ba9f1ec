"""A dispute and a return of an order that Hao bought of Yan, which have ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from services.commerce import usecases as commerce
from services.commerce.domain.dispute import DisputeReason
from services.commerce.domain.product_return import ReturnLine, ReturnReason
from services.commerce.repository.orders import load_order
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller
from services.shared.table.versioned import save
from tests.kill.actions import HAO, YAN

TextOf = Callable[[Caller, str], str]


def dispute_order(ports: commerce.Ports, order_id: str, key: IdempotencyKey, text_of: TextOf) -> None:
    """Hao disputes an order, Yan answers, and Hao withdraws."""
    reason, statement = DisputeReason.NOT_RECEIVED, text_of(HAO, "dispute")
    opened = commerce.open_dispute(ports, HAO, order_id, key, reason=reason, statement=statement)
    commerce.answer_dispute(ports, YAN, opened.id, text_of(YAN, "answer to a dispute"))
    commerce.withdraw_dispute(ports, HAO, opened.id)


def return_order(ports: commerce.Ports, order_id: str, key: IdempotencyKey, text_of: TextOf) -> None:
    """Hao requests a return that Yan rejects. The order gets terms with returns, which those of a member do not have."""
    loaded = load_order(ports.table, HAO.user_id, order_id)
    order, line = loaded.entity, loaded.entity.lines[0]
    until = ports.clock() + timedelta(days=8)
    save(ports, loaded, replace(order, return_days=7, returnable_until=until, version=order.version + 1))
    lines, reason, text = [ReturnLine(line.listing_id, line.option_id, 1)], ReturnReason.DAMAGED, text_of(HAO, "return")
    found = commerce.request_return(ports, HAO, order_id, key, lines=lines, reason=reason, text=text)
    commerce.decide_return(ports, YAN, found.id, False, text_of(YAN, "rejection of a return"))
