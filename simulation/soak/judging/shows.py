"""The shows of buyers: receipts that differ from their orders, and badges that differ from their receipts.

Each function yields a line per flaw.
"""

from __future__ import annotations

from services.shared.table.items import Item
from simulation.soak.judging.state import Flaws, Judged

RECEIVED = ("received", "completed")


def wrong_badges(at: Judged) -> Flaws:
    """Compare the notes with a badge and the lines that are kept: each has the other, and no note or line has two."""
    badges = sorted((note["id"], note["author"], *note["show"]) for note in _notes(at) if "show" in note)
    deleted = {note["id"] for note in _notes(at) if note["state"] == "deleted"}
    lines = [(receipt, line) for receipt in _receipts(at) for line in receipt["lines"]]
    kept = sorted(
        (note_id, receipt["user_id"], listing_id, option_id)
        for receipt, (listing_id, option_id, is_kept, note_id) in lines
        if is_kept and note_id and note_id not in deleted
    )
    if badges != kept:
        yield f"the badges are {badges}, what is kept and shown is {kept}"


def wrong_receipts(at: Judged) -> Flaws:
    """Compare what circles knows with the orders: who received something, and what certainly went back or did not."""
    receipts = {receipt["order_id"]: receipt for receipt in _receipts(at)}
    orders = {order["id"]: order for order in at.orders}
    for order_id, receipt in receipts.items():
        order = orders[order_id]
        if order["state"] not in (*RECEIVED, "refunded") or order["buyer_id"] != receipt["user_id"]:
            yield f"{order_id} in the state {order['state']} has the receipt {receipt}"
        yield from _wrong_lines(order, receipt)
    for order_id, order in orders.items():
        member = at.members[order["circle_id"], order["buyer_id"]]
        if order["state"] in RECEIVED and order_id not in receipts and not member.get("erased"):
            yield f"{order_id} was received and has no receipt"


def _wrong_lines(order: Item, receipt: Item) -> Flaws:
    returns = order.get("returns", [[0, 0]] * len(order["lines"]))
    is_untouched = not order.get("refunded") and not order.get("charged_back")
    for (*_, quantity, _, _), (_, returned), line in zip(order["lines"], returns, receipt["lines"], strict=True):
        is_back = order["state"] == "refunded" or returned == quantity
        if line[2] and is_back:
            yield f"{order['id']}: {line} is kept, and went back"
        if not line[2] and is_untouched and not is_back:
            yield f"{order['id']}: {line} is not kept, and nothing went back"


def _notes(at: Judged) -> list[Item]:
    return list(at.with_keys("circles", "CIRCLE#", "NOTE#"))


def _receipts(at: Judged) -> list[Item]:
    return list(at.with_keys("circles", "CIRCLE#", "RECEIPT#"))
