"""A sale in the circle's shop: product card, order, payment, shipment, and the ledger."""

from __future__ import annotations

import json
import time
from typing import Any

from demo import texts
from demo.client import Client, UnexpectedResponse, wait_until
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario
from demo.shows import require_no_show

MIN_CARD_VIEW_SECONDS = 1.1  # more than the setting `min_card_view`


def sell(scenario: Scenario) -> None:
    """Mei lists a product, Hao buys it, and the ledger balances."""
    mei, hao = scenario.users_named("mei", "hao")
    with scenario.step("买手小梅打理圈内小店，上架望远镜", "Mei, the circle's buyer, lists a pair of binoculars"):
        listing = wait_until(lambda: _list(mei, scenario), EVENT_TIMEOUT_SECONDS, "the role of a buyer")
        scenario.listing_id, scenario.revision = listing["listing_id"], listing["revision"]
    with scenario.step("商品卡片发到聊天室，价格和库存由平台提供", "its card is sent to the lobby, with price and stock"):
        card = wait_until(lambda: _send_card(scenario), EVENT_TIMEOUT_SECONDS, "the product card")
        for socket in scenario.sockets.values():
            socket.wait_for(scenario.sent[-1], EVENT_TIMEOUT_SECONDS)
        if (card["amount"], card["stock"]) != (listing["amount"], listing["stock"]):
            raise UnexpectedResponse(f"the card has another price or stock: {card}")
    open_card(scenario)
    with scenario.step("小豪下单，库存预留 15 分钟", "Hao orders: a unit is reserved for 15 minutes"):
        address = hao.call("POST", "/me/addresses", texts.ADDRESS, expect=201)
        wanted = {"listing_id": listing["listing_id"], "revision": listing["revision"], "quantity": 1}
        body = {**wanted, "address_id": address["address_id"]}
        order = hao.call("POST", scenario.circle("/orders"), body, expect=201)
        if hao.call("GET", scenario.circle(f"/listings/{listing['listing_id']}"))["stock"] != listing["stock"] - 1:
            raise UnexpectedResponse("the order did not reserve a unit")
    scenario.order_id = order["order_id"]
    explain(scenario, scenario.order_id)
    pay(scenario, order["order_id"])
    with scenario.step("卖家查看收货地址，其他人看不到", "the seller alone reads the address, and each read is recorded"):
        scenario.users["lin"].call("GET", f"/sales/{order['order_id']}/address", expect=404)
        if mei.call("GET", f"/sales/{order['order_id']}/address")["street"] != texts.ADDRESS["street"]:
            raise UnexpectedResponse("the seller reads another address than the buyer chose")
    with scenario.step("卖家发货，买家确认收货，货款分账", "shipped, received: the escrow is divided"):
        mei.call("POST", f"/sales/{order['order_id']}/shipment", {"carrier": "顺丰速运", "tracking_number": "SF1234567890"})
        mei.call("POST", f"/orders/{order['order_id']}/receipt", expect=404)
        require_no_show(scenario)
        hao.call("POST", f"/orders/{order['order_id']}/receipt")
    with scenario.step("账本借贷平衡", "the ledger balances"):
        _record_balances(scenario, order["order_id"])


def open_card(scenario: Scenario) -> None:
    """Hao opens the card in the chat. The history gives its token; too soon after it was shown, it does not count."""
    lin, hao = scenario.users_named("lin", "hao")
    with scenario.step("小豪点开卡片，凭证只对本人有效", "Hao opens the card: its token is worthless for Lin"):
        page = hao.call("GET", scenario.room(f"/messages?around={scenario.sent[-1]}&limit=1"))
        tokens = {"tokens": [page["items"][0]["card"]["attribution"]]}
        time.sleep(MIN_CARD_VIEW_SECONDS)
        for user, ignored in ((lin, "not_own"), (hao, None), (hao, "repeated")):
            (touch,) = user.call("POST", scenario.circle("/touches"), tokens)["touches"]
            if touch["ignored"] != ignored:
                raise UnexpectedResponse(f"the opened card is {touch}")


def explain(scenario: Scenario, order_id: str) -> None:
    """Show what led to the order, and why."""
    hao = scenario.users["hao"]

    def find() -> dict[str, Any] | None:
        found: dict[str, Any] = hao.call("GET", f"/orders/{order_id}/attribution")
        return found if found["attributed_at"] else None

    with scenario.step("这单从哪来：聊天里的卡片，7 天内最后一次点开", "what led to the order: the last card within 7 days"):
        attribution = wait_until(find, EVENT_TIMEOUT_SECONDS, "the attribution")
        scenario.console.print_json(json.dumps(attribution, ensure_ascii=False))
        (listing,) = attribution["listings"]
        if listing["winner"]["source_kind"] != "message" or not attribution["is_reproduced"]:
            raise UnexpectedResponse(f"the order has another attribution: {attribution}")


def pay(scenario: Scenario, order_id: str) -> None:
    """Pay at the provider's page. The provider delivers its webhook three times, as real ones sometimes do."""
    hao = scenario.users["hao"]

    def is_paid() -> bool | None:
        return hao.call("GET", f"/orders/{order_id}")["state"] == "paid" or None

    with scenario.step("支付：回调重复 3 次，只入账 1 笔", "paid: the webhook is delivered three times and counts once"):
        scenario.cloud.configure_provider(repeat=3)
        payment = hao.call("POST", f"/orders/{order_id}/payment")
        hao.pay(payment["pay_url"])
        scenario.cloud.configure_provider(repeat=1)
        wait_until(is_paid, EVENT_TIMEOUT_SECONDS, "the payment")


def _list(mei: Client, scenario: Scenario) -> dict[str, Any] | None:
    """Create the listing; None until commerce has applied Mei's new role."""
    listing: dict[str, Any]
    status, listing = mei.ask("POST", scenario.circle("/listings"), texts.BINOCULARS)
    if status not in (201, 403, 404):
        raise UnexpectedResponse(f"the listing returned {status}: {listing}")
    return listing if status == 201 else None


def _send_card(scenario: Scenario) -> dict[str, Any] | None:
    """Send the listing's card and return it; None until chat has applied the listing's event."""
    response = scenario.try_to_send("mei", texts.CARD, listing_id=scenario.listing_id)
    if response["type"] == "problem" and response["problem"]["status"] in (404, 429):
        return None
    if response["type"] != "sent":
        raise UnexpectedResponse(f"the card got {response}")
    scenario.sent.append(response["seq"])
    card: dict[str, Any] = response["message"]["card"]
    return card


def _record_balances(scenario: Scenario, order_id: str) -> None:
    lin, mei = scenario.users_named("lin", "mei")
    entries = wait_until(lambda: _list_balances(scenario, order_id), EVENT_TIMEOUT_SECONDS, "the ledger")
    scenario.ledger_sum = sum(entry["balance"] for entry in entries)
    balances = {entry["ledger_account"]: -entry["balance"] for entry in entries}
    ledger_accounts = {"seller": f"seller:{mei.user_id}", "platform": "platform", "owner": f"commission-pending:{lin.user_id}"}
    scenario.shares = {party: balances.get(name, 0) for party, name in ledger_accounts.items()}


def _list_balances(scenario: Scenario, order_id: str) -> list[dict[str, Any]] | None:
    """Return all ledger accounts; None until this order's escrow is zero. Earlier runs of the scenario have left others.

    They are read from several partitions: while an entry is counted between two reads, they do not sum to zero.
    """
    balances: list[dict[str, Any]] = scenario.users["ops"].call("GET", "/ledger?limit=100")["items"]
    escrow = [entry for entry in balances if entry["ledger_account"] == f"escrow:{order_id}"]
    is_counted = escrow and escrow[0]["balance"] == sum(entry["balance"] for entry in balances) == 0
    return balances if is_counted else None
