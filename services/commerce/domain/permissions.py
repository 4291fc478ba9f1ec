"""What a member can do in a circle, as two tables: the actions of each role, and the kind of each action.

The other rules depend on the caller, not on a role: the seller edits a listing and ships its orders, the buyer pays and
confirms receipt, and platform operators read the ledger.
"""

from __future__ import annotations

from enum import StrEnum

from services.commerce.domain.terms import ListingKind
from services.shared.security.actions import ActionKind


class Action(StrEnum):
    READ = "read"
    BUY = "buy"
    REPORT = "report"
    UPDATE_LISTING = "update_listing"
    LIST_C2C = "list_c2c"
    LIST_MERCHANT = "list_merchant"
    LIST_PICK = "list_pick"
    LIST_OWN = "list_own"
    LIST_VOUCHER = "list_voucher"
    ISSUE_COUPON = "issue_coupon"
    CLAIM_COUPON = "claim_coupon"
    REMOVE_LISTING = "remove_listing"


LISTING_ACTIONS = {
    ListingKind.MERCHANT: Action.LIST_MERCHANT,
    ListingKind.PICK: Action.LIST_PICK,
    ListingKind.OWN: Action.LIST_OWN,
    ListingKind.C2C: Action.LIST_C2C,
    ListingKind.VOUCHER: Action.LIST_VOUCHER,
}

# Who can list a kind is SELLER_ROLES of services.shared.security.trading: a user who loses the role sells nothing of the kind.
_OF_COUPONS = {Action.ISSUE_COUPON, Action.CLAIM_COUPON}
_MEMBERS = frozenset({Action.READ, Action.BUY, Action.REPORT, Action.UPDATE_LISTING, Action.LIST_C2C}) | _OF_COUPONS
_SHOP = _MEMBERS | {Action.LIST_MERCHANT, Action.LIST_VOUCHER}
_MODERATORS = _SHOP | {Action.REMOVE_LISTING}
_OWNERS = _MODERATORS | {Action.LIST_OWN}
PERMISSIONS: dict[str, frozenset[Action]] = {
    "owner": _OWNERS,
    "co_owner": _OWNERS,
    "moderator": _MODERATORS,
    "buyer": _SHOP | {Action.LIST_PICK},  # the role that buys in for the circle's shop, not the buyer of an order
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
    Action.LIST_PICK: ActionKind.SELL,
    Action.LIST_OWN: ActionKind.SELL,
    Action.LIST_VOUCHER: ActionKind.SELL,
    Action.REMOVE_LISTING: ActionKind.MODERATE,
}


def can_list(role: str, kind: ListingKind) -> bool:
    return LISTING_ACTIONS[kind] in PERMISSIONS[role]
