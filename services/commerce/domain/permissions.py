"""What a member can do in a circle, as two tables: the actions of each role, and the kind of each action.

The other rules depend on the caller, not on a role: the seller edits a listing and ships its orders, the buyer pays and
confirms receipt, and platform operators read the ledger.
"""

from __future__ import annotations

from enum import StrEnum

from services.commerce.domain.listing import ListingKind
from services.shared.security.actions import ActionKind


class Action(StrEnum):
    READ = "read"
    BUY = "buy"
    REPORT = "report"
    UPDATE_LISTING = "update_listing"
    LIST_C2C = "list_c2c"
    LIST_MERCHANT = "list_merchant"
    ISSUE_COUPON = "issue_coupon"
    CLAIM_COUPON = "claim_coupon"
    REMOVE_LISTING = "remove_listing"


LISTING_ACTIONS = {ListingKind.C2C: Action.LIST_C2C, ListingKind.MERCHANT: Action.LIST_MERCHANT}

_MEMBERS = frozenset(Action) - {Action.LIST_MERCHANT, Action.REMOVE_LISTING}
_CURATORS = _MEMBERS | {Action.LIST_MERCHANT}  # SHOP_ROLES of services.shared.security.trading
_MODERATORS = _CURATORS | {Action.REMOVE_LISTING}
PERMISSIONS: dict[str, frozenset[Action]] = {
    "owner": _MODERATORS,
    "co_owner": _MODERATORS,
    "moderator": _MODERATORS,
    "buyer": _CURATORS,  # the role that buys in for the circle's shop, not the buyer of an order
    "regular": _MEMBERS,
    "member": _MEMBERS,
    "newcomer": _MEMBERS,
}

KINDS: dict[Action, ActionKind] = {
    Action.READ: ActionKind.READ,
    Action.BUY: ActionKind.PARTICIPATE,
    Action.REPORT: ActionKind.SPEAK,
    Action.UPDATE_LISTING: ActionKind.SELL,
    Action.LIST_C2C: ActionKind.SELL,
    Action.ISSUE_COUPON: ActionKind.SELL,
    Action.CLAIM_COUPON: ActionKind.PARTICIPATE,
    Action.LIST_MERCHANT: ActionKind.SELL,
    Action.REMOVE_LISTING: ActionKind.MODERATE,
}


def can_list(role: str, kind: ListingKind) -> bool:
    return LISTING_ACTIONS[kind] in PERMISSIONS[role]
