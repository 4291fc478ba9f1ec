"""What is written with the removal of a listing and with its reversal: the audit entry, and the evidence of the moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from services.commerce.domain import Listing
from services.commerce.repository.listings import listing_to_item
from services.shared.kernel.clock import millis
from services.shared.messaging.events import ListingRemoved
from services.shared.messaging.outbox import pending_events
from services.shared.security.audit import audit_writes
from services.shared.table.items import ABSENT, Put
from services.shared.table.port import HasTable, Table, Write
from services.shared.table.purging import delete_partition

REMOVAL = "REMOVAL#"  # the prefix of the sort keys
EVIDENCE_LIFETIME = timedelta(days=30)  # an event that failed is redriven within 14 days


def audit_removal(listing: Listing, at: datetime) -> list[Write]:
    """Return the audit entry of a removal or of its reversal, and its head to anchor, for the transaction of the act.

    The stream of commerce writes no audit entries.
    """
    return audit_writes(listing_to_item(listing), at)


def put_evidence(ports: HasTable, listing: Listing, evidence: dict[str, Any]) -> Write:
    """Return the item that keeps what was removed, with its event, which carries it to the case of review. It expires."""
    removal = listing.removal
    if removal is None:
        raise ValueError("the listing was not removed")
    item = {
        "pk": f"CIRCLE#{listing.circle_id}",
        "sk": f"{REMOVAL}{listing.id}#{millis(removal.at)}",
        "id": listing.id,
        "circle_id": listing.circle_id,
        "seller_id": listing.seller_id,
        "removed_by": removal.by,
        "removal_reason": removal.reason,
        "removed_at": millis(removal.at),
        "version": listing.version,
        "evidence": evidence,
        "expires_at": millis(removal.at + EVIDENCE_LIFETIME) // 1000,
    }
    return Put(item | pending_events(ports.new_id, removal.at, ListingRemoved), ABSENT)


def delete_evidence(table: Table, listing: Listing) -> Iterator[None]:
    """Delete the evidence of the removals of a listing; yield after each. The case of review has its own."""
    return delete_partition(table, f"CIRCLE#{listing.circle_id}", f"{REMOVAL}{listing.id}#")
