"""Reporting to review that the members of a circle have paused its sales."""

from __future__ import annotations

from typing import Any

from services.commerce.domain import Listing
from services.commerce.domain.terms import commission_evidence
from services.commerce.repository import listings, selling_reports
from services.commerce.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CircleChanged

MAX_LISTINGS = 20  # of the evidence, the newest on sale


def report_pause(ports: Ports, event: CircleChanged) -> None:
    """Report a pause of sales, with the listings on sale, their prices and commissions. Each pause is reported once.

    Cost: 1 read unit for a pause that is reported; otherwise 1 write unit per KB and 0.5 read units per 4 KB of listings more.
    """
    circle_id, paused_until = event.data.circle_id, event.data.selling_paused_until
    if paused_until is None or selling_reports.has_selling_report(ports, circle_id, paused_until):
        return
    page = listings.list_listings(
        ports.table, circle_id, PageRequest(MAX_LISTINGS), lambda found: (listing.on_sale for listing in found)
    )
    evidence = {"paused_until": rfc3339(paused_until), "listings": [_evidence_of(listing) for listing in page.items]}
    selling_reports.put_selling_report(ports, circle_id, event.data.owner_id, paused_until, evidence)


def _evidence_of(listing: Listing) -> dict[str, Any]:
    price = {"amount": listing.price.amount, "currency": listing.price.currency}
    names = {"listing_id": listing.id, "title": listing.title, "kind": str(listing.kind), "seller_id": listing.seller_id}
    return {**names, **price, **commission_evidence(listing.kind, listing.price)}
