"""One circle set up over HTTP and the bus: users in every role, applications and orders in every state."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.circles import usecases as circles
from services.circles.domain.days import member_day
from services.circles.repository.circles import load_circle
from services.circles.usecases.health import record_weekly_health
from services.commerce.domain.money import Money
from services.commerce.usecases import WebhookEvent, handle_webhook_event
from services.review.domain.identity import Statement, sign_statement
from services.shared.kernel.ids import PREFIXES, derive_id, new_id
from services.shared.security.auth import Caller
from simulation.api.bodies import APPLICATION, LISTING, PNG, REASONED, REPORT, SCORES, request_body
from simulation.api.gateway import NO_BODY, ApiUser, Gateway, Response, new_idempotency_key
from simulation.api.moto_cloud import secret_of, service_module
from simulation.api.operations import Operation

# The state of the application that an operation is called on; all others are called on the submitted one.
IN_STATE = {
    **dict.fromkeys(("update_application", "submit_application"), "draft"),
    **dict.fromkeys(
        ("extend_claim", "release_claim", "decide_application", "hand_over_claim", "request_information"), "claimed"
    ),
    **dict.fromkeys(("get_tenure", "assess_owner"), "active"),
    "appeal_application": "rejected",
}
# The user that an operation about a user is called on; all others are called on the target.
ABOUT_USER = {
    "get_sanction_record": "sanctioned",
    "ratify_sanction": "sanctioned",
    "reject_sanction": "sanctioned",
    "lift_sanction": "suspended",
}
VERIFIER = secret_of("review", "verifier")
ORDER_IN_STATE = {"ship_order": "paid", "confirm_receipt": "shipped"}


@dataclass
class ApiFixture:
    """A circle over the gateway, with all that a call of any operation needs.

    users: by the names of the columns of the authorization matrix.
    ids: existing ids by the names of path parameters; `own_note` is a note of the owner.
    applications: by state. orders: of the member, by state.
    tokens: a real-name token of each user.
    name: makes the identities of this fixture different from those of another.
    missed_day: a day on which the owner did not check in.
    """

    gateway: Gateway
    users: dict[str, ApiUser] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=lambda: {"index": "0", "seq": "1", "tag": "birdwatching"})
    applications: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    revision: int = 0
    proposal_id: str = "0" * 16
    tokens: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    content_hash: str = ""
    passcode: str = ""
    missed_day: date = date.min

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
        note = self.ids["own_note"] if operation.name == "update_note" else self.ids.get("note_id", "")
        return {**self.ids, "note_id": note, "application_id": self.applications[state], "order_id": order, "user_id": user_id}

    def call(
        self, operation: Operation, by: ApiUser | None, *, ids: dict[str, str] | None = None, body: Any = None, **how: Any
    ) -> Response:
        """Call an operation with existing ids, a valid body and a new idempotency key, unless others are given.

        The status must be one that the OpenAPI document declares, or 500, which no document declares.
        """
        path = operation.path({**self.path_ids(operation), **(ids or {})})
        body = self.request_body(operation) if body is None else body
        key = how.pop("key", None) or new_idempotency_key()
        response = self.gateway.call(
            operation.service, operation.method, path, by=by, key=key if operation.is_keyed else None, body=body, **how
        )
        assert response.status in operation.statuses | {500}, (operation.name, response)
        return response

    def user(self, name: str) -> ApiUser | None:
        """Return the user of a column of the authorization matrix; None for `anonymous`."""
        if name == "anonymous":
            return None
        if name == "id_token":
            return ApiUser(self.users["owner"].user_id, token_use="id")
        return self.users[name]


def sign_identity(user_id: str, identity_id: str) -> str:
    """Return a real-name token that names the identity of a user."""
    return sign_statement(VERIFIER, user_id, Statement(identity_id, "林*", True, 64), datetime.now(UTC))


def build_api_fixture(gateway: Gateway) -> ApiFixture:
    """Set up a circle with users in every role; takes about 5 seconds over moto."""
    api = ApiFixture(gateway)
    for name in ("owner", "moderator", "member", "target", "suspended", "kicked", "banned", "stranger"):
        api.add_user(name)
    for name in ("reviewer", "second_reviewer", "third_reviewer"):
        api.add_user(name, "reviewer")
    for name in ("applicant", "sanctioned"):
        api.add_user(name)
    api.add_user("operator", "operator")
    api.tokens = {name: api.real_name_token(user, name) for name, user in api.users.items()}
    _grant_seat(api)
    _add_members(api)
    _add_content(api)
    _add_listing_and_orders(api)
    _offer_ownership(api)
    _add_applications(api)
    _impose_sanctions(api)
    return api


def unknown_ids() -> dict[str, str]:
    """Return well-formed ids of things that do not exist."""
    return {name: new_id(prefix) for name, prefix in PREFIXES.items()} | {"user_id": str(uuid.uuid4())}


def _grant_seat(api: ApiFixture) -> None:
    for name in ("reviewer", "second_reviewer", "third_reviewer"):
        token = {"real_name_token": api.real_name_token(api.users[name])}
        api.call_path("review", "operator", "PUT", f"/reviewers/{api.users[name].user_id}", body=token)
    application = _submit_application(api, "owner")
    decision = {"verdict": "approve", "content_hash": application["content_hash"], "scores": SCORES}
    for name in ("reviewer", "second_reviewer"):
        path = f"/applications/{application['application_id']}"
        api.call_path("review", name, "POST", f"{path}/claim")
        api.call_path("review", name, "POST", f"{path}/decisions", body={**decision, **REASONED})
    api.gateway.run_streams()
    api.ids["circle_id"] = derive_id("cir", application["application_id"])
    api.applications["active"] = application["application_id"]
    api.ids["room_id"] = derive_id("rom", application["application_id"])


def _submit_application(api: ApiFixture, by: str, identity_id: str = "") -> Any:
    body = {**APPLICATION, "real_name_token": api.real_name_token(api.users[by], identity_id or by)}
    application = api.call_path("review", by, "POST", "/applications", body=body)
    return api.call_path("review", by, "POST", f"/applications/{application['application_id']}/submission")


def _add_members(api: ApiFixture) -> None:
    circle = f"/circles/{api.ids['circle_id']}"
    api.call_path("circles", "owner", "POST", f"{circle}/activation")
    issued = api.call_path("circles", "owner", "POST", f"{circle}/passcodes", body={})
    api.passcode, api.ids["passcode_id"] = issued["passcode"], issued["passcode_id"]
    for name in ("moderator", "member", "target", "suspended", "kicked", "banned"):
        api.call_path("circles", name, "POST", "/memberships", body={"passcode": api.passcode})
    moderator = api.users["moderator"].user_id
    api.call_path("circles", "owner", "PUT", f"{circle}/members/{moderator}/role", body={"role": "moderator"})
    api.ids["user_id"] = api.users["target"].user_id
    api.gateway.run_streams()


def _add_content(api: ApiFixture) -> None:
    circle = f"/circles/{api.ids['circle_id']}"
    upload = api.call_path("circles", "target", "POST", f"{circle}/pictures", body={"type": "image/png", "size": len(PNG)})
    object_name = {"Bucket": "coterie-test-pictures", "Key": upload["fields"]["key"]}
    api.gateway.cloud.s3.put_object(**object_name, Body=PNG, ContentType="image/png")
    notification = {"Records": [{"s3": {"object": {"key": object_name["Key"]}}}]}
    message = {"messageId": "upload", "eventSource": "aws:sqs", "body": json.dumps(notification)}
    assert service_module("picture_worker", "circles").on_picture({"Records": [message]}, None) == {"batchItemFailures": []}
    api.ids["picture_id"] = upload["picture_id"]
    note = {"text": "今早在江边看到白鹭。", "pictures": [upload["picture_id"]]}
    api.ids["note_id"] = api.call_path("circles", "target", "POST", f"{circle}/notes", body=note)["note_id"]
    api.ids["own_note"] = api.call_path("circles", "owner", "POST", f"{circle}/notes", body={"text": "江边有雾。"})["note_id"]
    _check_in_before_yesterday(api)
    _add_export(api)
    draft = api.call_path("circles", "owner", "POST", f"{circle}/drafts", body={"text": "草稿。"})
    api.ids["draft_id"] = draft["draft_id"]
    comments = f"{circle}/notes/{api.ids['note_id']}/comments"
    api.ids["comment_id"] = api.call_path("circles", "member", "POST", comments, body={"text": "好美。"})["comment_id"]
    message_body = {"client_msg_id": "message-0000", "after_seq": 0, "text": "早。"}
    api.call_path("chat", "target", "POST", f"{circle}/rooms/{api.ids['room_id']}/messages", body=message_body)


def _add_export(api: ApiFixture) -> None:
    """Measure the circle, and export it for its owner."""
    ports, circle_id = service_module("wiring", "circles").ports(), api.ids["circle_id"]
    record_weekly_health(ports, load_circle(ports.table, circle_id).entity, ports.clock())
    export = api.call_path("circles", "owner", "POST", f"/circles/{circle_id}/exports", body={"kind": "circle"})
    circles.handle_schedule(ports)
    api.ids["export_id"] = export["export_id"]


def _check_in_before_yesterday(api: ApiFixture) -> None:
    """Check the owner in 2 days ago, so that yesterday is missed."""
    ports = service_module("wiring", "circles").ports()
    check_in_at = datetime.now(UTC) - timedelta(days=2)
    api.missed_day = member_day(check_in_at + timedelta(days=1))
    circles.check_in(replace(ports, clock=lambda: check_in_at), _caller(api.users["owner"]), api.ids["circle_id"])


def _caller(user: ApiUser) -> Caller:
    return Caller(user.user_id, frozenset(), user.issued_at, user.issued_at + 3600)


def _add_listing_and_orders(api: ApiFixture) -> None:
    """Create a listing of the moderator, and an order of the member in each state."""
    circle = f"/circles/{api.ids['circle_id']}"
    listing = api.call_path("commerce", "moderator", "POST", f"{circle}/listings", body=LISTING)
    api.ids["listing_id"], api.revision = listing["listing_id"], listing["revision"]
    ports = service_module("wiring", "commerce").ports()
    for state in ("reserved", "paid", "shipped"):
        body = {"listing_id": listing["listing_id"], "revision": listing["revision"], "quantity": 1}
        order = api.call_path("commerce", "member", "POST", f"{circle}/orders", body=body)
        api.orders[state] = order["order_id"]
        if state != "reserved":
            reference = f"{order['buyer_id']}/{order['order_id']}"
            price = Money(order["total_amount"], order["currency"])
            handle_webhook_event(ports, WebhookEvent("payment.captured", f"pay_{state}", reference, price))
        if state == "shipped":
            api.call_path("commerce", "moderator", "POST", f"/sales/{order['order_id']}/shipment")
    api.gateway.run_streams()


def _offer_ownership(api: ApiFixture) -> None:
    """Offer the circle to the moderator, who accepts; the platform has not decided."""
    circle, successor = f"/circles/{api.ids['circle_id']}", api.users["moderator"]
    succession = api.call_path("circles", "owner", "PUT", f"{circle}/ownership-offer", body={"candidate_id": successor.user_id})
    api.ids["succession_id"] = succession["succession_id"]
    api.gateway.run_streams()
    path, token = f"/successions/{succession['succession_id']}/acceptance", api.real_name_token(successor, "moderator")
    api.call_path("review", "moderator", "POST", path, body={"real_name_token": token})
    api.gateway.run_streams()


def _add_applications(api: ApiFixture) -> None:
    """Add applications in other states. Each has an identity of its own: an identity has at most one open application."""
    body = {**APPLICATION, "real_name_token": api.real_name_token(api.users["owner"], "owner")}
    draft = api.call_path("review", "owner", "POST", "/applications", body=body)
    waiting, rejected = _submit_application(api, "owner", "another"), _submit_application(api, "owner", "one more")
    claimed = _submit_application(api, "applicant")
    for application in (claimed, rejected):
        api.call_path("review", "reviewer", "POST", f"/applications/{application['application_id']}/claim")
    decision = {"verdict": "reject", "content_hash": rejected["content_hash"], "scores": SCORES, "note": "定位不清。"}
    path = f"/applications/{rejected['application_id']}/decisions"
    api.call_path("review", "reviewer", "POST", path, body={**decision, "reasons": ["circle_vague"]})
    by_state = {"draft": draft, "submitted": waiting, "claimed": claimed, "rejected": rejected}
    api.applications |= {state: application["application_id"] for state, application in by_state.items()}
    api.content_hash = claimed["content_hash"]


def _impose_sanctions(api: ApiFixture) -> None:
    circle = f"/circles/{api.ids['circle_id']}"
    for name, kind in (("kicked", "kick"), ("banned", "ban")):
        path = f"{circle}/members/{api.users[name].user_id}/sanctions"
        api.call_path("circles", "moderator", "POST", path, body={"kind": kind, "reason": "反复发布广告。"})
    path = f"/users/{api.users['suspended'].user_id}/sanction"
    body = {"level": "suspended", "reason": "冒用他人资料。"}
    api.call_path("review", "reviewer", "PUT", path, body=body)
    suspended = api.users["suspended"].user_id
    proposal = api.call_path("review", "second_reviewer", "GET", f"/users/{suspended}/sanction-record")["pending"][
        "proposal_id"
    ]
    api.call_path("review", "second_reviewer", "POST", f"{path}/ratification", body={"proposal_id": proposal})
    path = f"/users/{api.users['sanctioned'].user_id}/sanction"
    record = api.call_path("review", "second_reviewer", "PUT", path, body={**body, "emergency": True})
    api.proposal_id = record["pending"]["proposal_id"]
    note = f"{circle}/notes/{api.ids['note_id']}"
    for path in (note, f"{note}/comments/{api.ids['comment_id']}"):
        api.call_path("circles", "target", "POST", f"{path}/reports", body=REPORT)
    api.gateway.run_streams()
    api.ids["case_id"] = api.call_path("review", "reviewer", "GET", "/cases")["items"][0]["case_id"]
