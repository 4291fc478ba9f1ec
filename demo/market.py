"""The part of the story in which something is sold: a card, an order, a payment, a shipment, the books."""

from __future__ import annotations

from typing import Any

from demo import lines
from demo.client import Client, Unexpected, until
from demo.stage import SOON, Story


def sell(story: Story) -> None:
    lin, mei, hao = (story.people[name] for name in ("lin", "mei", "hao"))
    with story.step("买手小梅打理圈内小店，上架一副望远镜", "Mei, the buyer, keeps the shop and lists a pair of binoculars"):
        listing = until(lambda: _offer(mei, story), SOON, "the shop")
        story.listing_id, story.revision = listing["listing_id"], listing["revision"]
    with story.step(
        "小店卡片发进聊天室，价格库存由平台给出", "its card goes into the room, with the platform's price and stock"
    ):
        card = until(lambda: _share(story, listing), SOON, "the card")
        for socket in story.sockets.values():
            socket.wait_for(story.sent[-1], SOON)
        if (card["amount"], card["stock"]) != (listing["amount"], listing["stock"]):
            raise Unexpected(f"the card shows {card}")
    with story.step("小豪下单，库存预留十五分钟", "Hao orders; the stock is reserved for fifteen minutes"):
        body = {"listing_id": listing["listing_id"], "revision": listing["revision"], "quantity": 1}
        order = hao.call("commerce", "POST", story.circle("/orders"), body, expect=201)
        path = story.circle(f"/listings/{listing['listing_id']}")
        if hao.call("commerce", "GET", path)["stock"] != listing["stock"] - 1:
            raise Unexpected("the stock did not fall")
    pay(story, order["order_id"])
    with story.step("发货、确认收货，货款分账", "shipped, received, shared out"):
        mei.call("commerce", "POST", f"/sales/{order['order_id']}/shipment")
        mei.call("commerce", "POST", f"/orders/{order['order_id']}/receipt", expect=404)
        hao.call("commerce", "POST", f"/orders/{order['order_id']}/receipt")
    with story.step("账本平衡", "the books balance"):
        accounts = until(lambda: _booked(story, order), SOON, "the ledger")
        story.ledger_sum = sum(account["balance"] for account in accounts)
        balances = {account["account"]: -account["balance"] for account in accounts}
        parts = {"seller": f"seller:{mei.user_id}", "platform": "platform", "owner": f"commission-pending:{lin.user_id}"}
        story.shares = {who: balances.get(account, 0) for who, account in parts.items()}


def pay(story: Story, order_id: str) -> None:
    """At the provider's page; its webhook comes three times, as webhooks do."""
    hao = story.people["hao"]
    with story.step("支付：回调重复三次，只记一笔", "paid: the webhook comes three times and counts once"):
        story.cloud.provider_sandbox(repeat=3)
        payment = hao.call("commerce", "POST", f"/orders/{order_id}/payment")
        hao.pay(payment["pay_url"])
        story.cloud.provider_sandbox(repeat=1)
        until(lambda: hao.call("commerce", "GET", f"/orders/{order_id}")["state"] == "paid" or None, SOON, "the payment")


def _offer(mei: Client, story: Story) -> dict[str, Any] | None:
    """As soon as commerce has heard that Mei keeps the shop."""
    listing: dict[str, Any]
    status, listing = mei.ask("commerce", "POST", story.circle("/listings"), lines.BINOCULARS)
    if status not in (201, 403, 404):
        raise Unexpected(f"the listing answered {status}: {listing}")
    return listing if status == 201 else None


def _share(story: Story, listing: dict[str, Any]) -> dict[str, Any] | None:
    """As soon as chat has heard of the goods."""
    answer = story.send("mei", lines.CARD, listing_id=listing["listing_id"])
    if answer["type"] == "problem" and answer["problem"]["status"] in (404, 429):
        return None
    if answer["type"] != "sent":
        raise Unexpected(f"the card was answered by {answer}")
    story.sent.append(answer["seq"])
    card: dict[str, Any] = answer["message"]["card"]
    return card


def _booked(story: Story, order: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The accounts once this order's escrow is empty again. An earlier telling has left its own sums in the others."""
    accounts: list[dict[str, Any]] = story.people["ops"].call("commerce", "GET", "/ledger?limit=100")["items"]
    escrow = [account for account in accounts if account["account"] == f"escrow:{order['order_id']}"]
    return accounts if escrow and escrow[0]["balance"] == 0 else None
