"""What each account status and each sanction of a circle denies, by kind of action, and the expected response of a cell.

It is written by hand, beside the services' own table: no service reads it.
"""

from __future__ import annotations

from simulation.access.roles import RouteAccess

# The code of the error; a dot where the status permits the kind. `circle_mute` is the mute of a circle, inside that circle.
# `minor` is a user under 18, in commerce.
STATUSES = """
             none warned muted        restricted        suspended         banned            circle_mute minor
read         .    .      .            .                 account-suspended account-suspended .           .
participate  .    .      .            .                 account-suspended account-suspended .           .
speak        .    .      caller-muted caller-muted      account-suspended account-suspended caller-muted .
sell         .    .      caller-muted caller-restricted account-suspended account-suspended caller-muted caller-minor
moderate     .    .      caller-muted caller-muted      account-suspended account-suspended caller-muted .
staff        .    .      .            .                 account-suspended account-suspended .           .
appeal       .    .      .            .                 account-suspended account-suspended .           .
own_data     .    .      .            .                 account-suspended account-suspended .           .
account      .    .      .            .                 .                 .                 .           .
"""
CODES = {"account-suspended": 403, "caller-muted": 403, "caller-restricted": 403, "caller-minor": 403}

MEANING = {
    "read": "get what the caller can see, over HTTP or by subscribing",
    "participate": "anything without a text: join, like, check in, invite, buy, pay, cancel, ship, confirm receipt, refund",
    "speak": "a text or picture that another member, a moderator or a reviewer will read; a report too",
    "sell": "create or change a listing",
    "moderate": "decide about other members and their content, in a circle",
    "staff": "the work of reviewers and operators",
    "appeal": "object to a decision about oneself",
    "own_data": "leave, withdraw, delete what is one's own",
    "account": "read the own account status and why, appeal it, export what is one's own",
}

EXCLUDED = {"kicked", "banned_in_circle"}  # the kick or ban of a circle ends the membership
# The responses to an excluded user that differ from those to a user who was never a member.
OF_EXCLUDED = {
    "POST /memberships": (404, "passcode-rejected"),
    "POST /circles/{circle_id}/orders": (409, "membership-ended"),
    "POST /circles/{circle_id}/checkouts": (409, "membership-ended"),
    "POST /circles/{circle_id}/payments": (409, "membership-ended"),
    "POST /orders/{order_id}/payment": (409, "membership-ended"),
}
# Routes in a circle that need no membership, but content of one's own: a former seller withdraws a listing, and a former member
# exports what is theirs.
WITHOUT_MEMBERSHIP = {
    "DELETE /circles/{circle_id}/listings/{listing_id}",
    "DELETE /circles/{circle_id}/coupons/{coupon_id}",
    "POST /circles/{circle_id}/exports",
}
# What a sanction denies beyond the kind of the action: the shop sells and shows nothing while the owner is restricted, a mute
# ends the trust of a regular member, and a suspended owner exports what is their own, not the circle.
EXPORT = "GET /circles/{circle_id}/exports/{export_id}"
EFFECTS = {
    **{
        ("owner", level, f"{EXPORT}{file}"): (403, "account-suspended")
        for level in ("suspended", "banned")
        for file in ("", "/files/{index}", "/pictures/{picture_id}")
    },
    ("owner", "restricted", "POST /circles/{circle_id}/orders"): (409, "listing-not-on-sale"),
    ("owner", "restricted", "POST /circles/{circle_id}/checkouts"): (409, "listing-not-on-sale"),
    ("owner", "restricted", "GET /circles/{circle_id}/listings/{listing_id}"): (404, "not-found"),
    ("moderator", "restricted", "POST /payouts"): (409, "payouts-blocked"),
    ("moderator", "restricted", "POST /circles/{circle_id}/coupons/{coupon_id}/claim"): (404, "not-found"),
    ("moderator", "restricted", "POST /circles/{circle_id}/coupon-claims"): (404, "coupon-code-rejected"),
    ("moderator", "minor", "POST /circles/{circle_id}/coupons/{coupon_id}/claim"): (404, "not-found"),
    ("moderator", "minor", "POST /circles/{circle_id}/coupon-claims"): (404, "coupon-code-rejected"),
    ("owner", "restricted", "POST /circles/{circle_id}/coupons/{coupon_id}/claim"): (404, "not-found"),
    ("owner", "restricted", "POST /circles/{circle_id}/coupon-claims"): (404, "coupon-code-rejected"),
    # A mute resets the trust of a member.
    ("regular", "circle_mute", "POST /circles/{circle_id}/passcodes"): (403, "role-not-allowed"),
    ("regular", "circle_mute", "PUT /circles/{circle_id}/selling-brake"): (403, "role-not-allowed"),
    ("member", "circle_mute", "PUT /circles/{circle_id}/selling-brake"): (403, "role-not-allowed"),
}
FOR_OUTSIDERS = {"POST /circles/{circle_id}/join-requests"}  # not a route of members: their mute is checked behind the teaser
FOR_THE_OWNER = {"PUT /circles/{circle_id}/name"}  # of review, where a circle exists for its owner alone
# They count the wrong passcode or code.
WRITES_WHEN_DENIED = {"POST /memberships", "POST /circles/{circle_id}/coupon-claims"}

INSIDE = frozenset({"newcomer", "member", "regular", "buyer", "moderator", "co_owner", "owner"})


def denials() -> dict[str, dict[str, str | None]]:
    """Return the code of the error by kind and status; None where the status permits the kind."""
    header, *rows = (line.split() for line in STATUSES.strip().splitlines())
    return {
        kind: {status: None if code == "." else code for status, code in zip(header, codes, strict=True)}
        for kind, *codes in rows
    }


def expected_response(access: RouteAccess, role: str, status: str) -> tuple[int, str | None]:
    """Return the HTTP status of a cell, and the code of the error if the status of the caller decides it.

    The platform's sanction comes first, and a member's mute before what they ask for, both by the kind of the route. A user
    who sees nothing of the circle gets 404, whatever the status.
    """
    base = access.statuses[role]
    if status in EXCLUDED:
        return _of_excluded(access, base)
    if special := EFFECTS.get((role, status, access.route)):
        return special
    by_kind = denials()
    code = None if status == "circle_mute" else by_kind[access.kind][status]
    is_seen = access.is_in_circle and (role in INSIDE or base != 404) and access.route not in FOR_OUTSIDERS
    if access.route in FOR_THE_OWNER and role != "owner":
        is_seen = False
    if code is None and is_seen:
        code = by_kind[access.kind][status]
    return (CODES[code], code) if code else (base, None)


def _of_excluded(access: RouteAccess, base: int) -> tuple[int, str | None]:
    if access.route in WITHOUT_MEMBERSHIP:
        return (base, None)
    special = OF_EXCLUDED.get(access.route)
    if special and (access.is_in_circle or base < 400):
        return special
    return (404 if access.is_in_circle else base), None
