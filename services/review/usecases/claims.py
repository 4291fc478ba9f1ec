"""How many applications one identity has claimed at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.review.domain import ClaimList, Reviewer
from services.review.repository import applications
from services.review.repository.claims import load_claim_list
from services.review.usecases.ports import Ports
from services.shared.table.versioned import update


def reserve_claim(ports: Ports, reviewer: Reviewer, application_id: str) -> None:
    """Add an application to the claims of a reviewer's identity. Called before the claim itself is stored.

    So of two claims at once over the limit one fails. An entry whose claim was not stored, or has ended, is removed when the
    list is full.

    Cost: 1 write unit and 1 read unit; with a full list 1 more read unit per entry.
    Raises: ClaimLimitReached.
    """

    def change(before: ClaimList) -> ClaimList:
        at = ports.clock()
        step = before.add(application_id, at=at)
        if step is before or not before.is_full:
            return step
        return before.require_room(_iter_active(ports, before, application_id, at), at=at).add(application_id, at=at)

    update(ports, partial(load_claim_list, ports.table, reviewer.identity_hash), change)


def _iter_active(ports: Ports, claim_list: ClaimList, but: str, at: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield the other applications whose claims have not ended, and when their leases end."""
    for application_id, _ in claim_list.claims:
        claim = applications.get_application(ports.table, application_id).claim if application_id != but else None
        if claim and claim.identity_hash == claim_list.identity_hash and claim.is_active(at):
            yield application_id, claim.until
