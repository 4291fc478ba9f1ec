"""One circle set up over HTTP and the bus: users in every role, applications and orders in every state."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services import SERVICES
from services.review.domain.identity import Statement, sign_statement
from services.shared.kernel.ids import PREFIXES, new_id
from services.shared.security.keys import KeyRing
from services.shared.security.read_grants import ReadGrant, ReadKind, subject_of
from simulation.api.bodies import request_body
from simulation.api.gateway import NO_BODY, ApiUser, Gateway, Response, new_idempotency_key
from simulation.api.moto_cloud import secret_of
from simulation.api.operations import Operation

# The state of the application that an operation is called on; all others are called on the submitted one.
IN_STATE = {
    **dict.fromkeys(("update_application", "submit_application", "withdraw_application"), "draft"),
    **dict.fromkeys(
        ("extend_claim", "release_claim", "decide_application", "hand_over_claim", "request_information"), "claimed"
    ),
    **dict.fromkeys(("get_application", "get_tenure", "assess_owner"), "active"),
    "appeal_application": "rejected",
}
# The user that an operation about a user is called on; all others are called on the target.
ABOUT_USER = {
    "get_sanction_record": "sanctioned",
    "ratify_sanction": "sanctioned",
    "reject_sanction": "sanctioned",
    "lift_sanction": "suspended",
    "list_user_orders": "member",
    "get_dispute_by_id": "member",
}
# The user that an operation with If-Match is allowed to; all others are allowed to the owner.
EDITORS = {"update_listing": "moderator", **{f"update_{service}_settings": "operator" for service in SERVICES}}
# The list that has the ETag of what an operation changes; by default the one that its path continues.
ETAG_LISTS = {"set_role": "/circles/{circle_id}/memberships"}
# What is of the owner, for the operations that only its author can call, and the id that names it.
ABOUT_OWN = {
    **dict.fromkeys(("update_note", "delete_note"), "own_note"),
    **dict.fromkeys(("update_comment", "delete_comment"), "own_comment"),
    **dict.fromkeys(("update_message", "recall_message"), "own_seq"),
    "get_picture": "own_picture",
    "get_room_picture": "own_room_picture",
    "get_listing_picture": "own_listing_picture",
    "get_avatar": "own_avatar",
    "get_account_export": "own_export",
    "get_account_export_part_url": "own_export",
    "get_account_export_picture_url": "own_export",
}
OWN = {
    "own_note": "note_id",
    "own_comment": "comment_id",
    "own_seq": "seq",
    "own_picture": "picture_id",
    "own_room_picture": "picture_id",
    "own_listing_picture": "picture_id",
    "own_avatar": "picture_id",
    "own_export": "export_id",
}
# What another case than the open one is of, for the operations about it.
ABOUT_CASE = {"appeal_take_down": "taken_down_case_id"}
VERIFIER = secret_of("review", "verifier")
GRANT_KEYS = KeyRing("k1", {"k1": secret_of("review", "grants")})
# What staff read with a grant of review, by operation.
GRANTED_READS = {
    "list_users": ReadKind.USERS,
    "get_user_profile": ReadKind.PROFILE,
    "list_user_orders": ReadKind.ORDERS,
    "get_order_by_id": ReadKind.ORDER,
    "get_dispute_by_id": ReadKind.DISPUTE,
}
# The state of the return or dispute that an operation is called on; all others are called on the requested or open one.
RETURN_IN_STATE = {"send_return": "approved", "receive_return": "sent"}
DISPUTE_IN_STATE = dict.fromkeys(("ratify_ruling", "reject_ruling"), "proposed")
ORDER_IN_STATE = {
    **dict.fromkeys(("ship_order", "get_sale_address", "get_order_by_id"), "paid"),
    **dict.fromkeys(("confirm_receipt", "correct_shipment", "refund_order"), "shipped"),
    "request_return": "received",
    "open_dispute": "undelivered",
}


@dataclass
class ApiFixture:
    """A circle over the gateway, with all that a call of any operation needs.

    users: by the names of the columns of the authorization matrix.
    ids: existing ids by the names of path parameters; `own_note` is a note of the owner, `own_comment` their comment,
        `own_seq` the number of their message, `own_picture`, `own_room_picture`,
        `own_listing_picture` and `own_avatar` are their uploads, and
        `own_export` is the export of their account;
        `address_id` is of the owner's address, `address_of_member` of the member's.
    applications: by state. orders: of the member, by state. returns, disputes: of orders of the member, by state.
    ruling_id: of the ruling that is proposed. returnable_id: of the listing of the received order.
    tokens: a real-name token of each user.
    name: makes the identities of this fixture different from those of another.
    missed_day: a day on which the owner did not check in.
    etags: of what each operation with If-Match changes, as the fixture left it.
    """

    gateway: Gateway
    users: dict[str, ApiUser] = field(default_factory=dict)
    ids: dict[str, str] = field(
        default_factory=lambda: {"index": "0", "seq": "1", "reaction": "like", "tag": "birdwatching", "month": "2026-03"}
    )
    applications: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    disputes: dict[str, str] = field(default_factory=dict)
    ruling_id: str = ""
    returnable_id: str = ""
    revision: int = 0
    proposal_id: str = "0" * 16
    tokens: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    content_hash: str = ""
    passcode: str = ""
    coupon_code: str = ""
    missed_day: date = date.min
    etags: dict[str, str] = field(default_factory=dict)

    def add_user(self, name: str, *groups: str) -> ApiUser:
        self.users[name] = ApiUser(groups=groups)
        return self.users[name]

    def call_path(self, service: str, by: str, method: str, path: str, **how: Any) -> Any:
        """Call a path as one of the users, require success and return the body."""
        key = new_idempotency_key()
        response = self.gateway.call(service, method, path, by=self.users[by], key=key, **how)
        assert response.status < 300, (method, path, response)
        return response.body

    def real_name_token(self, user: ApiUser | None, identity_id: str = "") -> str:
        """Return a real-name token; without `identity_id` the user has an identity of their own."""
        user_id = user.user_id if user else str(uuid.uuid4())
        return sign_identity(user_id, f"{identity_id} of {self.name}" if identity_id else user_id)

    def request_body(self, operation: Operation) -> Any:
        """Return a valid body for an operation."""
        return request_body(self, operation.name) if operation.takes_body else NO_BODY

    def path_ids(self, operation: Operation) -> dict[str, str]:
        """Return existing ids for the path of an operation."""
        state = IN_STATE.get(operation.name, "submitted")
        order = self.orders[ORDER_IN_STATE.get(operation.name, "reserved")]
        user_id = self.users[ABOUT_USER.get(operation.name, "target")].user_id
        own = {name: {path_id: self.ids.get(name, "")} for name, path_id in OWN.items()}
        ids = {"application_id": self.applications[state], "order_id": order, "user_id": user_id}
        ids["return_id"] = self.returns[RETURN_IN_STATE.get(operation.name, "requested")]
        ids["dispute_id"] = self.disputes[DISPUTE_IN_STATE.get(operation.name, "open")]
        ids["case_id"] = self.ids[ABOUT_CASE.get(operation.name, "case_id")]
        return {"note_id": "", **self.ids, **ids, **own.get(ABOUT_OWN.get(operation.name, ""), {})}

    def read_etag(self, operation: Operation, ids: dict[str, str] | None = None) -> str:
        """Return the ETag, as it is now, of what an operation changes, or of its entry in a list; 0 if it does not exist."""
        ids, by = {**self.path_ids(operation), **(ids or {})}, self.users[EDITORS.get(operation.name, "owner")]
        response = self.gateway.call(operation.service, "GET", operation.path(ids), by=by)
        if response.status == 405:
            template = ETAG_LISTS.get(operation.name, operation.template.rpartition("/{")[0])
            name = operation.ids[-1]
            entries = self.gateway.call(operation.service, "GET", template.format(**ids), by=by, query="limit=100").body[
                "items"
            ]
            return next(str(entry["etag"]) for entry in entries if str(entry[name]) == ids[name])
        return str(response.body["etag"]) if response.status == 200 else "0"

    def call(
        self, operation: Operation, by: ApiUser | None, *, ids: dict[str, str] | None = None, body: Any = None, **how: Any
    ) -> Response:
        """Call an operation with existing ids, a valid body, a new idempotency key, ETag and grant, unless others are given.

        The status must be one that the OpenAPI document declares, or 500, which no document declares.
        """
        path = operation.path({**self.path_ids(operation), **(ids or {})})
        body = self.request_body(operation) if body is None else body
        key = how.pop("key", None) or (new_idempotency_key() if operation.is_keyed else None)
        if operation.is_conditional:
            how["headers"] = {"if-match": f'"{self.etags[operation.name]}"', **how.get("headers", {})}
        if operation.name in GRANTED_READS and by and "grant=" not in how.get("query", ""):
            subject_id = {**self.path_ids(operation), **(ids or {})}[operation.ids[-1]] if operation.ids else ""
            grant = sign_read_grant(by.user_id, GRANTED_READS[operation.name], subject_id)
            how["query"] = f"{how.get('query', '')}&grant={grant}".lstrip("&")
        response = self.gateway.call(operation.service, operation.method, path, by=by, key=key, body=body, **how)
        assert response.status in operation.statuses | {500}, (operation.name, response)
        return response

    def user(self, name: str) -> ApiUser | None:
        """Return the user of a column of the authorization matrix; None for `anonymous`."""
        if name == "anonymous":
            return None
        if name == "id_token":
            return ApiUser(self.users["owner"].user_id, token_use="id")
        return self.users[name]


def sign_read_grant(user_id: str, read: ReadKind, subject_id: str) -> str:
    """Return a grant as review signs it, which review did not count."""
    expires_at = datetime.now(UTC) + timedelta(minutes=1)
    number = uuid.uuid4().int >> 80
    return ReadGrant(user_id, subject_of(read, subject_id), number, expires_at).sign(GRANT_KEYS)


def sign_identity(user_id: str, identity_id: str) -> str:
    """Return a real-name token that names the identity of a user."""
    return sign_statement(VERIFIER, user_id, Statement(identity_id, "林*", None, 64), datetime.now(UTC))


def unknown_ids() -> dict[str, str]:
    """Return well-formed ids of things that do not exist."""
    return {name: new_id(prefix) for name, prefix in PREFIXES.items()} | {"user_id": str(uuid.uuid4())}
