"""What happens to money after a sale: a partial refund takes a part of the commission back, a return takes the rest."""

from __future__ import annotations

from typing import Any

from demo import texts
from demo.client import UnexpectedResponse, wait_until
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario


def refund_and_return(scenario: Scenario) -> None:
    """Mei gives a part of the price back, then Hao returns the binoculars. Each takes its part of Lin's commission back."""
    mei, hao = scenario.users_named("mei", "hao")
    order, price = scenario.order_id, texts.BINOCULARS["amount"]
    commissions = [_get_commission(scenario)]
    with scenario.step(
        "缺了镜头盖，小梅退 299 元，佣金按比例扣回", "the seller refunds a part: the commission shrinks pro rata"
    ):
        mei.call("POST", f"/sales/{order}/refunds", {"amount": texts.PARTIAL_REFUND, "currency": "CNY"})
        commissions.append(_wait_for_commission(scenario, commissions[0] * (price - texts.PARTIAL_REFUND) // price))
    with scenario.step(
        "小豪 7 天内申请退货，小梅在工作台看到并同意", "Hao requests a return; Mei's desk shows it, and she approves"
    ):
        unit = {"listing_id": scenario.listing_id, "quantity": 1}
        one = hao.call("POST", f"/orders/{order}/returns", {"lines": [unit], **texts.RETURN}, expect=201)
        wait_until(lambda: _find_on_desk(scenario, one["return_id"]), EVENT_TIMEOUT_SECONDS, "the return on the desk")
        mei.call("POST", f"/returns/{one['return_id']}/decision", texts.RETURN_APPROVED)
    with scenario.step(
        "小豪寄回，小梅签收，退款经回调到账", "he sends it back, she receives it: the webhook reports the refund"
    ):
        hao.call("POST", f"/returns/{one['return_id']}/shipment", {"carrier": "顺丰速运", "tracking_number": "SF0987654321"})
        received = mei.call("POST", f"/returns/{one['return_id']}/receipt")
        if received["amount"] != price - texts.PARTIAL_REFUND:
            raise UnexpectedResponse(f"the return refunds another amount: {received}")
        wait_until(lambda: _is_refunded(scenario) or None, EVENT_TIMEOUT_SECONDS, "the refund")
        commissions.append(_wait_for_commission(scenario, 0))
    scenario.ledger_sum = sum(_list_balances(scenario))
    amounts = " → ".join(f"{amount / 100:.2f}" for amount in commissions)
    scenario.console.print(
        f"           圈主佣金 · commission (元): {amounts}；账本合计 · ledger sum: {scenario.ledger_sum}", soft_wrap=True
    )


def _find_on_desk(scenario: Scenario, return_id: str) -> dict[str, Any] | None:
    """Return the oldest return that waits for the seller, once the index has it."""
    returns = scenario.users["mei"].call("GET", "/desks/seller")["returns"]
    oldest: dict[str, Any] | None = returns["oldest"]
    return oldest if oldest and (returns["count"], oldest["return_id"]) == (1, return_id) else None


def _is_refunded(scenario: Scenario) -> bool:
    return bool(scenario.users["hao"].call("GET", f"/orders/{scenario.order_id}")["state"] == "refunded")


def _get_commission(scenario: Scenario) -> int:
    """Return the commission of the owner that is pending, as her desk shows it."""
    return int(scenario.users["lin"].call("GET", "/desks/owner")["pending_amount"])


def _list_balances(scenario: Scenario) -> list[int]:
    return [entry["balance"] for entry in scenario.users["ops"].call("GET", "/ledger?limit=100")["items"]]


def _wait_for_commission(scenario: Scenario, expected: int) -> int:
    """Wait until the stream has counted the refund: the commission is what is left of it, and the ledger sums to zero."""

    def find() -> int | None:
        is_counted = _get_commission(scenario) == expected and sum(_list_balances(scenario)) == 0
        return expected if is_counted else None

    return wait_until(find, EVENT_TIMEOUT_SECONDS, f"a commission of {expected}")
