"""The actions that depend on a member's role in the circle, as one table.

The other rules depend on the caller, not on a role: the seller edits a listing and ships its orders, the buyer pays and
confirms receipt, and platform operators read the ledger.
"""

from __future__ import annotations

from enum import StrEnum

from services.commerce.domain.listing import ListingKind


class Action(StrEnum):
    LIST_C2C = "list_c2c"
    LIST_MERCHANT = "list_merchant"


LISTING_ACTIONS = {ListingKind.C2C: Action.LIST_C2C, ListingKind.MERCHANT: Action.LIST_MERCHANT}

_MEMBERS = frozenset({Action.LIST_C2C})
_CURATORS = _MEMBERS | {Action.LIST_MERCHANT}  # they run the circle's shop
PERMISSIONS: dict[str, frozenset[Action]] = {
    "owner": _CURATORS,
    "co_owner": _CURATORS,
    "moderator": _CURATORS,
    "buyer": _CURATORS,  # the role that buys in for the circle's shop, not the buyer of an order
    "regular": _MEMBERS,
    "member": _MEMBERS,
    "newcomer": _MEMBERS,
}


def can_list(role: str, kind: ListingKind) -> bool:
    return LISTING_ACTIONS[kind] in PERMISSIONS[role]
