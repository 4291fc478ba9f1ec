"""Deleting what commerce stores of a closed circle. Yields after each deletion, so that the caller can stop."""

from __future__ import annotations

from collections.abc import Iterator

from services.commerce.repository.coupons import CODE, COUPON
from services.commerce.repository.divided_stock import iter_shard_keys
from services.commerce.repository.listing_pages import PAGE
from services.commerce.repository.listings import LISTING
from services.commerce.repository.removals import REMOVAL
from services.commerce.repository.selling_reports import SELLING_REPORT
from services.commerce.repository.sources import NOTE
from services.commerce.repository.trades import delete_trades_of_circle
from services.shared.table.port import Table
from services.shared.table.purging import delete_item, delete_partition, iter_items


def delete_circle_items(table: Table, circle_id: str) -> Iterator[None]:
    """Delete the listings with all that belongs to them, coupons, states of notes, and trades for the detector.

    Orders and the ledger stay: the law requires the records of transactions.
    """
    for listing in iter_items(table, f"CIRCLE#{circle_id}", LISTING):
        for key in iter_shard_keys(listing):
            table.delete(key, when=None)
            yield
        delete_item(table, listing)
        yield
    for prefix in (PAGE, REMOVAL, "REPORT#", SELLING_REPORT, COUPON, CODE, NOTE):
        yield from delete_partition(table, f"CIRCLE#{circle_id}", prefix)
    yield from delete_trades_of_circle(table, circle_id)
