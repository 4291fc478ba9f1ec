"""A whole evening set up over HTTP and the bus: people in every role, applications in every state, a circle that lives."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.circles import usecases as circles
from services.circles.domain.presence import member_day
from services.circles.repository.circles import find_circle
from services.circles.usecases.health import keep_health
from services.commerce.domain.money import Money
from services.commerce.usecases import Notice, handle_webhook_event
from services.review.domain.identity import Statement, sign_statement
from services.shared.kernel.ids import PREFIXES, derive_id, new_id
from services.shared.security.auth import Caller
from simulation.api.gateway import (
    NOTHING,
    Answer,
    Gateway,
    Person,
    fresh_key,
)
from simulation.api.moto_cloud import key_of, module
from simulation.api.operations import Operation
from tests.support.bodies import APPLICATION, GOODS, PNG, REASONED, REPORT, SCORES, good_body

IN_STATE = {  # which of the owner's applications a route is tried on; the others take the submitted one
    "update_application": "draft",
    "submit_application": "draft",
    "extend_claim": "claimed",
    "release_claim": "claimed",
    "decide_application": "claimed",
    "hand_over_claim": "claimed",
    "request_information": "claimed",
    "appeal_application": "rejected",
    "get_tenure": "active",
    "assess_owner": "active",
}
OF_PERSON = {  # whom a route about a person is tried on; the others take the target
    "get_sanction_record": "sanctioned",
    "ratify_sanction": "sanctioned",
    "reject_sanction": "sanctioned",
    "lift_sanction": "suspended",
}
VERIFIER = key_of("review", "verifier")
ORDER_IN_STATE = {"ship_order": "paid", "confirm_receipt": "shipped"}


@dataclass
class Stage:
    """`ids` fill a path with what is there; `applications` are the owner's, by state."""

    gateway: Gateway
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=lambda: {"index": "0", "tag": "birdwatching"})
    applications: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    revision: int = 0
    proposal: str = "0" * 16
    tokens: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    content_hash: str = ""
    passcode: str = ""
    missed: date = date.min

    def person(self, name: str, *groups: str) -> Person:
        self.people[name] = Person(groups=groups)
        return self.people[name]

    def must(self, service: str, by: str, method: str, path: str, **how: Any) -> Any:
        """Call as somebody on the stage and insist that it goes well; answers the body."""
        key = fresh_key()
        answer = self.gateway.call(service, method, path, by=self.people[by], key=key, **how)
        assert answer.status < 300, (method, path, answer)
        return answer.body

    def verified(self, person: Person | None, identity_id: str = "") -> str:
        """The verifier's word on somebody: a human of their own unless told."""
        account = person.user_id if person else str(uuid.uuid4())
        return signed(account, f"{identity_id} of {self.name}" if identity_id else account)

    def body(self, operation: Operation) -> Any:
        """A body that the operation takes."""
        return good_body(self, operation.name) if operation.takes_body else NOTHING

    def place(self, operation: Operation) -> dict[str, str]:
        """Ids of what is there for a path of this operation."""
        state = IN_STATE.get(operation.name, "submitted")
        order = self.orders[ORDER_IN_STATE.get(operation.name, "reserved")]
        whom = self.people[OF_PERSON.get(operation.name, "target")].user_id
        note = self.ids["own_note"] if operation.name == "update_note" else self.ids.get("note_id", "")
        return {**self.ids, "note_id": note, "application_id": self.applications[state], "order_id": order, "user_id": whom}

    def ask(
        self, operation: Operation, by: Person | None, *, ids: dict[str, str] | None = None, body: Any = None, **how: Any
    ) -> Answer:
        """Call an operation with a good body and a fresh key, on what is there unless `ids` say otherwise. Whatever it
        answers, its document must promise; only a defect's 500 is in none."""
        path = operation.path({**self.place(operation), **(ids or {})})
        body = self.body(operation) if body is None else body
        key = how.pop("key", None) or fresh_key()
        answer = self.gateway.call(
            operation.service, operation.method, path, by=by, key=key if operation.is_keyed else None, body=body, **how
        )
        assert answer.status in operation.statuses | {500}, (operation.name, answer)
        return answer

    def persona(self, name: str) -> Person | None:
        """Somebody by the column's name of the matrix."""
        if name == "nobody":
            return None
        if name == "id_token":
            return Person(self.people["owner"].user_id, token_use="id")
        return self.people[name]


def signed(account: str, identity_id: str) -> str:
    """The verifier's word on an account: which human is behind it."""
    return sign_statement(VERIFIER, account, Statement(identity_id, "林*", True, 64), datetime.now(UTC))


def set_stage(gateway: Gateway) -> Stage:
    stage = Stage(gateway)
    for name in ("owner", "moderator", "member", "target", "suspended", "kicked", "banned", "stranger"):
        stage.person(name)
    for name in ("reviewer", "second_reviewer", "third_reviewer"):
        stage.person(name, "reviewer")
    for name in ("applicant", "sanctioned"):
        stage.person(name)
    stage.person("operator", "operator")
    stage.tokens = {name: stage.verified(person, name) for name, person in stage.people.items()}
    _grant_a_seat(stage)
    _fill_the_circle(stage)
    _say_something(stage)
    _sell_something(stage)
    _offer_the_circle(stage)
    _hand_in_more(stage)
    _send_some_out(stage)
    return stage


def unknown_ids() -> dict[str, str]:
    """Well-formed ids of nothing."""
    return {name: new_id(prefix) for name, prefix in PREFIXES.items()} | {"user_id": str(uuid.uuid4())}


def _grant_a_seat(stage: Stage) -> None:
    for name in ("reviewer", "second_reviewer", "third_reviewer"):
        token = {"real_name_token": stage.verified(stage.people[name])}
        stage.must("review", "operator", "PUT", f"/reviewers/{stage.people[name].user_id}", body=token)
    made = _submitted(stage, "owner")
    decision = {"verdict": "approve", "content_hash": made["content_hash"], "scores": SCORES}
    for name in ("reviewer", "second_reviewer"):
        path = f"/applications/{made['application_id']}"
        stage.must("review", name, "POST", f"{path}/claim")
        stage.must("review", name, "POST", f"{path}/decisions", body={**decision, **REASONED})
    stage.gateway.deliver()
    stage.ids["circle_id"] = derive_id("cir", made["application_id"])
    stage.applications["active"] = made["application_id"]
    stage.ids["room_id"] = derive_id("rom", made["application_id"])


def _submitted(stage: Stage, by: str, identity_id: str = "") -> Any:
    body = {**APPLICATION, "real_name_token": stage.verified(stage.people[by], identity_id or by)}
    made = stage.must("review", by, "POST", "/applications", body=body)
    return stage.must("review", by, "POST", f"/applications/{made['application_id']}/submission")


def _fill_the_circle(stage: Stage) -> None:
    circle = f"/circles/{stage.ids['circle_id']}"
    stage.must("circles", "owner", "POST", f"{circle}/activation")
    issued = stage.must("circles", "owner", "POST", f"{circle}/passcodes", body={})
    stage.passcode, stage.ids["passcode_id"] = issued["passcode"], issued["passcode_id"]
    for name in ("moderator", "member", "target", "suspended", "kicked", "banned"):
        stage.must("circles", name, "POST", "/memberships", body={"passcode": stage.passcode})
    moderator = stage.people["moderator"].user_id
    stage.must("circles", "owner", "PUT", f"{circle}/members/{moderator}/role", body={"role": "moderator"})
    stage.ids["user_id"] = stage.people["target"].user_id
    stage.gateway.deliver()


def _say_something(stage: Stage) -> None:
    circle = f"/circles/{stage.ids['circle_id']}"
    offer = stage.must("circles", "target", "POST", f"{circle}/pictures", body={"type": "image/png", "size": len(PNG)})
    place = {"Bucket": "coterie-test-pictures", "Key": offer["fields"]["key"]}
    stage.gateway.cloud.s3.put_object(**place, Body=PNG, ContentType="image/png")
    told = {"Records": [{"s3": {"object": {"key": place["Key"]}}}]}
    letter = {"messageId": "upload", "eventSource": "aws:sqs", "body": json.dumps(told)}
    assert module("pictures", "circles").on_picture({"Records": [letter]}, None) == {"batchItemFailures": []}
    stage.ids["picture_id"] = offer["picture_id"]
    note = {"text": "今早在江边看到白鹭。", "pictures": [offer["picture_id"]]}
    stage.ids["note_id"] = stage.must("circles", "target", "POST", f"{circle}/notes", body=note)["note_id"]
    stage.ids["own_note"] = stage.must("circles", "owner", "POST", f"{circle}/notes", body={"text": "江边有雾。"})["note_id"]
    _check_in_before_yesterday(stage)
    _take_stock(stage)
    draft = stage.must("circles", "owner", "POST", f"{circle}/drafts", body={"text": "草稿。"})
    stage.ids["draft_id"] = draft["draft_id"]
    comments = f"{circle}/notes/{stage.ids['note_id']}/comments"
    stage.ids["comment_id"] = stage.must("circles", "member", "POST", comments, body={"text": "好美。"})["comment_id"]
    message = {"client_msg_id": "message-0000", "after_seq": 0, "text": "早。"}
    stage.must("chat", "target", "POST", f"{circle}/rooms/{stage.ids['room_id']}/messages", body=message)


def _take_stock(stage: Stage) -> None:
    """The circle was measured, and its owner has taken an archive of it."""
    ports, circle_id = module("wiring", "circles").ports(), stage.ids["circle_id"]
    keep_health(ports, find_circle(ports.table, circle_id).entity, ports.clock())
    asked = stage.must("circles", "owner", "POST", f"/circles/{circle_id}/exports", body={"kind": "circle"})
    circles.handle_schedule(ports)
    stage.ids["export_id"] = asked["export_id"]


def _check_in_before_yesterday(stage: Stage) -> None:
    """The owner missed a day."""
    ports = module("wiring", "circles").ports()
    then = datetime.now(UTC) - timedelta(days=2)
    stage.missed = member_day(then + timedelta(days=1))
    circles.check_in(replace(ports, clock=lambda: then), _caller(stage.people["owner"]), stage.ids["circle_id"])


def _caller(person: Person) -> Caller:
    return Caller(person.user_id, frozenset(), person.issued_at, person.issued_at + 3600)


def _sell_something(stage: Stage) -> None:
    """The moderator sells, the member has an order in each state."""
    circle = f"/circles/{stage.ids['circle_id']}"
    listing = stage.must("commerce", "moderator", "POST", f"{circle}/listings", body=GOODS)
    stage.ids["listing_id"], stage.revision = listing["listing_id"], listing["revision"]
    ports = module("wiring", "commerce").ports()
    for state in ("reserved", "paid", "shipped"):
        body = {"listing_id": listing["listing_id"], "revision": listing["revision"], "quantity": 1}
        order = stage.must("commerce", "member", "POST", f"{circle}/orders", body=body)
        stage.orders[state] = order["order_id"]
        if state != "reserved":
            reference = f"{order['buyer']}/{order['order_id']}"
            price = Money(order["total_amount"], order["currency"])
            handle_webhook_event(ports, Notice("payment.captured", f"pay_{state}", reference, price))
        if state == "shipped":
            stage.must("commerce", "moderator", "POST", f"/sales/{order['order_id']}/shipment")
    stage.gateway.deliver()


def _offer_the_circle(stage: Stage) -> None:
    """To the moderator, who has accepted; the platform has not decided."""
    circle, heir = f"/circles/{stage.ids['circle_id']}", stage.people["moderator"]
    offered = stage.must("circles", "owner", "PUT", f"{circle}/succession", body={"user_id": heir.user_id})
    stage.ids["succession_id"] = offered["succession_id"]
    stage.gateway.deliver()
    path, token = f"/successions/{offered['succession_id']}/acceptance", stage.verified(heir, "moderator")
    stage.must("review", "moderator", "POST", path, body={"real_name_token": token})
    stage.gateway.deliver()


def _hand_in_more(stage: Stage) -> None:
    """More of the owner's, each under a real name of its own, since a human has one open application."""
    body = {**APPLICATION, "real_name_token": stage.verified(stage.people["owner"], "owner")}
    draft = stage.must("review", "owner", "POST", "/applications", body=body)
    waiting, rejected = _submitted(stage, "owner", "another"), _submitted(stage, "owner", "one more")
    claimed = _submitted(stage, "applicant")
    for one in (claimed, rejected):
        stage.must("review", "reviewer", "POST", f"/applications/{one['application_id']}/claim")
    decision = {"verdict": "reject", "content_hash": rejected["content_hash"], "scores": SCORES, "note": "定位不清。"}
    path = f"/applications/{rejected['application_id']}/decisions"
    stage.must("review", "reviewer", "POST", path, body={**decision, "reasons": ["circle_vague"]})
    by_state = {"draft": draft, "submitted": waiting, "claimed": claimed, "rejected": rejected}
    stage.applications |= {state: one["application_id"] for state, one in by_state.items()}
    stage.content_hash = claimed["content_hash"]


def _send_some_out(stage: Stage) -> None:
    circle = f"/circles/{stage.ids['circle_id']}"
    for name, kind in (("kicked", "kick"), ("banned", "ban")):
        path = f"{circle}/members/{stage.people[name].user_id}/sanctions"
        stage.must("circles", "moderator", "POST", path, body={"kind": kind, "reason": "反复发布广告。"})
    path = f"/people/{stage.people['suspended'].user_id}/sanction"
    body = {"level": "suspended", "reason": "冒用他人资料。"}
    stage.must("review", "reviewer", "PUT", path, body=body)
    person = stage.people["suspended"].user_id
    proposal = stage.must("review", "second_reviewer", "GET", f"/people/{person}")["pending"]["proposal_id"]
    stage.must("review", "second_reviewer", "POST", f"{path}/ratification", body={"proposal_id": proposal})
    path = f"/people/{stage.people['sanctioned'].user_id}/sanction"
    waits = stage.must("review", "second_reviewer", "PUT", path, body={**body, "emergency": True})
    stage.proposal = waits["pending"]["proposal_id"]
    note = f"{circle}/notes/{stage.ids['note_id']}"
    for path in (note, f"{note}/comments/{stage.ids['comment_id']}"):
        stage.must("circles", "target", "POST", f"{path}/reports", body=REPORT)
    stage.gateway.deliver()
    stage.ids["case_id"] = stage.must("review", "reviewer", "GET", "/cases")["items"][0]["case_id"]
