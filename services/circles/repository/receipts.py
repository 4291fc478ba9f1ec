"""What members have received by their orders in a circle, one item per order."""

from __future__ import annotations

from services.circles.domain.show import Receipt, ReceiptLine, Show
from services.circles.errors import ShowNotReceived
from services.circles.repository.keys import user_item_key
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

RECEIPT = "RECEIPT#"


def receipt_key(circle_id: str, user_id: str, order_id: str) -> Key:
    return user_item_key(circle_id, user_id, f"{RECEIPT}{order_id}")


def load_receipt_or(table: Table, new: Receipt) -> Versioned[Receipt]:
    """Load the receipt of an order for a change, or `new` if nothing was received by it."""
    return RECEIPTS.load_or(table, receipt_key(new.circle_id, new.user_id, new.order_id), new)


def receipt_to_item(receipt: Receipt) -> Item:
    return {
        **receipt_key(receipt.circle_id, receipt.user_id, receipt.order_id).attributes(),
        "circle_id": receipt.circle_id,
        "user_id": receipt.user_id,
        "order_id": receipt.order_id,
        "seller": receipt.seller_id,
        "lines": [[line.show.listing_id, line.show.option_id, line.is_kept, line.note_id] for line in receipt.lines],
        "source_version": receipt.source_version,
        "version": receipt.version,
    }


def receipt_from_item(item: Item) -> Receipt:
    lines = tuple(ReceiptLine(Show(listing, option), is_kept, note) for listing, option, is_kept, note in item["lines"])
    ids = item["circle_id"], item["user_id"], item["order_id"], item["seller"]
    return Receipt(*ids, lines, item["source_version"], item["version"])


RECEIPTS = EntityStore(receipt_to_item, receipt_from_item, ShowNotReceived)
