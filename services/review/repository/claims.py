"""Items of claim lists, one per identity of a reviewer."""

from __future__ import annotations

from services.review.domain import ClaimList
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import NotFound
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned


def claim_list_key(identity_hash: str) -> Key:
    return Key(f"IDENTITY#{identity_hash}", "CLAIMS")


def load_claim_list(table: Table, identity_hash: str) -> Versioned[ClaimList]:
    """Load the claim list of an identity, or an empty one."""
    return CLAIM_LISTS.load_or(table, claim_list_key(identity_hash), ClaimList(identity_hash))


def claim_list_to_item(claim_list: ClaimList) -> Item:
    return {
        **claim_list_key(claim_list.identity_hash).attributes(),
        "claims": [[application_id, millis(at)] for application_id, at in claim_list.claims],
        "version": claim_list.version,
    }


def claim_list_from_item(item: Item) -> ClaimList:
    claims = tuple((application_id, from_millis(at)) for application_id, at in item["claims"])
    return ClaimList(item["pk"].removeprefix("IDENTITY#"), claims, item["version"])


CLAIM_LISTS = EntityStore(claim_list_to_item, claim_list_from_item, NotFound)
