"""Sets up the circle of an `ApiFixture` over HTTP and the bus."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.circles import usecases as circles
from services.circles.domain import Member, MemberState, PendingStep, Trust
from services.circles.domain.campaign import Campaign, CampaignState
from services.circles.domain.days import member_day
from services.circles.repository.campaigns import campaign_to_item
from services.circles.repository.circles import load_circle
from services.circles.usecases.health import record_weekly_health
from services.circles.usecases.members import change_member
from services.review.domain.applicant import Applicant
from services.review.repository.applications import load_application
from services.review.usecases import apply_content_reported
from services.review.usecases.profiles import update_applicant
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id, deterministic_id, new_id
from services.shared.messaging.events import ContentReportedData, NoteReported
from services.shared.security.auth import Caller
from simulation.api.bodies import APPLICATION, PNG, PUSH_SUBSCRIPTION, REASONED, REPORT, SCORES, circle_name_of
from simulation.api.claims import add_returns_and_disputes
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import ApiUser, Context, Gateway
from simulation.api.messages import send_messages
from simulation.api.moto_cloud import service_module
from simulation.api.operations import operations
from simulation.api.payouts import add_payouts
from simulation.api.trades import add_listing_and_orders

MEMBERS = ("pending", "newcomer", "member", "regular", "buyer", "moderator", "co_owner")  # by role; the owner has founded it


def build_api_fixture(gateway: Gateway) -> ApiFixture:
    """Set up a circle with users in every role; takes about a second."""
    api = ApiFixture(gateway)
    for name in (*MEMBERS, "owner", "target", "suspended", "kicked", "banned", "stranger", "former"):
        api.add_user(name)
    for name in ("reviewer", "second_reviewer", "third_reviewer"):
        api.add_user(name, "reviewer")
    for name in ("applicant", "second_applicant", "sanctioned"):
        api.add_user(name)
    api.add_user("operator", "operator")
    api.tokens = {name: api.real_name_token(user, name) for name, user in api.users.items()}
    _grant_seat(api)
    _add_members(api)
    _add_content(api)
    subscription = api.call_path("chat", "owner", "POST", "/push-subscriptions", body=PUSH_SUBSCRIPTION)
    api.ids["push_subscription_id"] = subscription["push_subscription_id"]
    add_listing_and_orders(api)
    add_payouts(api)
    add_returns_and_disputes(api)
    _offer_ownership(api)
    _add_applications(api)
    _impose_sanctions(api)
    _take_down(api)
    api.etags = {operation.name: api.read_etag(operation) for operation in operations() if operation.is_conditional}
    gateway.run_streams()
    return api


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


def _submit_application(api: ApiFixture, by: str) -> Any:
    circle_name = circle_name_of(f"{api.name} {by}")
    body = {**APPLICATION, "circle_name": circle_name, "real_name_token": api.tokens[by]}
    application = api.call_path("review", by, "POST", "/applications", body=body)
    return api.call_path("review", by, "POST", f"/applications/{application['application_id']}/submission")


def _add_members(api: ApiFixture) -> None:
    circle = f"/circles/{api.ids['circle_id']}"
    api.call_path("circles", "owner", "POST", f"{circle}/activation")
    issued = api.call_path("circles", "owner", "POST", f"{circle}/passcodes", body={})
    api.passcode, api.ids["passcode_id"] = issued["passcode"], issued["passcode_id"]
    etags = {}
    for name in (*MEMBERS, "target", "suspended", "kicked", "banned", "former"):
        etags[name] = api.call_path("circles", name, "POST", "/memberships", body={"passcode": api.passcode})["etag"]
    for name, proposed in (("co_owner", "co_owner"), ("moderator", "moderator"), ("buyer", "buyer"), ("member", "moderator")):
        role, if_match = f"{circle}/members/{api.users[name].user_id}/role", {"if-match": f'"{etags[name]}"'}
        api.call_path("circles", "owner", "PUT", role, body={"role": proposed}, headers=if_match)
        if name == proposed:
            api.call_path("circles", name, "POST", f"{circle}/membership/role-proposal/acceptance", body={"role": name})
    api.call_path("circles", "former", "DELETE", f"{circle}/membership")
    change_membership(api, "member", trust=Trust.MEMBER)
    change_membership(api, "regular", trust=Trust.REGULAR)
    change_membership(api, "pending", state=MemberState.PENDING, pending_step=PendingStep.ANSWERS)
    api.ids["user_id"] = api.users["target"].user_id
    api.gateway.run_streams()


def change_membership(api: ApiFixture, name: str, **changes: Any) -> Member:
    """Give a member what time, another member or a screening would give them, and return the membership."""
    ports, user_id = service_module("wiring", "circles").ports(), api.users[name].user_id

    def change(member: Member) -> Member:
        return replace(member, **changes, version=next_version(member.version, ports.clock()))

    return change_member(ports, api.ids["circle_id"], user_id, change)


def _add_content(api: ApiFixture) -> None:
    circle = f"/circles/{api.ids['circle_id']}"
    upload = api.call_path("circles", "target", "POST", f"{circle}/pictures", body={"type": "image/png", "size": len(PNG)})
    object_name = {"Bucket": "coterie-test-pictures", "Key": upload["fields"]["key"]}
    api.gateway.cloud.s3.put_object(**object_name, Body=PNG, ContentType="image/png")
    notification = {"Records": [{"s3": {"object": {"key": object_name["Key"]}}}]}
    message = {"messageId": "upload", "eventSource": "aws:sqs", "body": json.dumps(notification)}
    assert service_module("picture_worker", "circles").on_picture({"Records": [message]}, Context()) == {
        "batchItemFailures": []
    }
    api.ids["picture_id"] = upload["picture_id"]
    note = {"text": "今早在江边看到白鹭。", "pictures": [upload["picture_id"]]}
    api.ids["note_id"] = api.call_path("circles", "target", "POST", f"{circle}/notes", body=note)["note_id"]
    api.ids["own_note"] = api.call_path("circles", "owner", "POST", f"{circle}/notes", body={"text": "江边有雾。"})["note_id"]
    own_upload = api.call_path("circles", "owner", "POST", f"{circle}/pictures", body={"type": "image/png", "size": len(PNG)})
    api.ids["own_picture"] = own_upload["picture_id"]
    room, form = f"{circle}/rooms/{api.ids['room_id']}", {"type": "image/png", "size": len(PNG)}
    api.ids["own_room_picture"] = api.call_path("chat", "owner", "POST", f"{room}/pictures", body=form)["picture_id"]
    of_listing = api.call_path("commerce", "owner", "POST", f"{circle}/listing-pictures", body=form)
    api.ids["own_listing_picture"] = of_listing["picture_id"]
    avatar = api.call_path("circles", "owner", "POST", "/me/avatars", body={"type": "image/png", "size": len(PNG)})
    api.ids["own_avatar"] = avatar["picture_id"]
    api.ids["campaign_id"] = add_campaign(api)
    _check_in_before_yesterday(api)
    _add_export(api)
    draft = api.call_path("circles", "owner", "POST", f"{circle}/drafts", body={"text": "草稿。"})
    api.ids["draft_id"] = draft["draft_id"]
    comments = f"{circle}/notes/{api.ids['note_id']}/comments"
    for name, by in (("comment_id", "target"), ("own_comment", "owner")):
        api.ids[name] = api.call_path("circles", by, "POST", comments, body={"text": "好美。"})["comment_id"]
    send_messages(api)


def _add_export(api: ApiFixture) -> None:
    """Measure the circle, and export it and the account for its owner."""
    ports, circle_id = service_module("wiring", "circles").ports(), api.ids["circle_id"]
    record_weekly_health(ports, load_circle(ports.table, circle_id).entity, ports.clock())
    export = api.call_path("circles", "owner", "POST", f"/circles/{circle_id}/exports", body={"kind": "circle"})
    own = api.call_path("circles", "owner", "POST", "/me/exports")
    api.gateway.run_streams()
    circles.handle_schedule(ports)
    for service in ("chat", "commerce", "review"):
        service_module("workers", service).on_schedule({}, Context())
    api.gateway.run_streams()
    circles.handle_schedule(ports)
    api.ids["export_id"], api.ids["own_export"] = export["export_id"], own["export_id"]
    name = f"circles/account/{own['export_id']}/pictures/{api.ids['picture_id']}"
    api.gateway.cloud.s3.put_object(Bucket="coterie-test-exports", Key=name, Body=PNG)


def add_campaign(api: ApiFixture) -> str:
    """Add a campaign that runs, and return its id. The circle has no teaser, so its owner cannot start another."""
    ports = service_module("wiring", "circles").ports()
    at, campaign_id = ports.clock(), new_id("cmp")
    of = (campaign_id, api.ids["circle_id"], ("观鸟",), ("birdwatching",), 1)
    campaign = Campaign(*of, at, at + timedelta(days=14), at + timedelta(days=14), next_version(0, at))
    ports.table.put(campaign_to_item(replace(campaign, state=CampaignState.MEASURING)), when=None)
    return campaign_id


def _check_in_before_yesterday(api: ApiFixture) -> None:
    """Check the owner in 2 days ago, so that yesterday is missed."""
    ports = service_module("wiring", "circles").ports()
    check_in_at = datetime.now(UTC) - timedelta(days=2)
    api.missed_day = member_day(check_in_at + timedelta(days=1))
    circles.check_in(replace(ports, clock=lambda: check_in_at), _caller(api.users["owner"]), api.ids["circle_id"])


def _caller(user: ApiUser) -> Caller:
    return Caller(user.user_id, frozenset(), user.signed_in_at, user.issued_at + 3600)


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
    """Add applications in other states. The owner has none under review, so that they can submit and appeal."""
    body = {**APPLICATION, "real_name_token": api.tokens["owner"]}
    draft = api.call_path("review", "owner", "POST", "/applications", body=body)
    rejected, waiting = _submit_application(api, "owner"), _submit_application(api, "second_applicant")
    claimed = _submit_application(api, "applicant")
    for application in (claimed, rejected):
        api.call_path("review", "reviewer", "POST", f"/applications/{application['application_id']}/claim")
    decision = {"verdict": "reject", "content_hash": rejected["content_hash"], "scores": SCORES, "note": "定位不清。"}
    path = f"/applications/{rejected['application_id']}/decisions"
    api.call_path("review", "reviewer", "POST", path, body={**decision, "reasons": ["circle_vague"]})
    api.gateway.run_streams()
    _end_cool_down(rejected["application_id"])
    by_state = {"draft": draft, "submitted": waiting, "claimed": claimed, "rejected": rejected}
    api.applications |= {state: application["application_id"] for state, application in by_state.items()}
    api.content_hash = claimed["content_hash"]


def _end_cool_down(application_id: str) -> None:
    """End the wait after a rejection, which time would end, while the rejection can still be appealed."""
    ports = service_module("wiring", "review").ports()
    application = load_application(ports.table, application_id).entity

    def end(applicant: Applicant) -> Applicant:
        return replace(applicant, cool_until=None, version=applicant.version + 1)

    update_applicant(ports, application.content.identity_hash, end)


def _impose_sanctions(api: ApiFixture) -> None:
    circle = f"/circles/{api.ids['circle_id']}"
    for name, kind in (("kicked", "kick"), ("banned", "ban")):
        path = f"{circle}/members/{api.users[name].user_id}/sanctions"
        api.call_path("circles", "moderator", "POST", path, body={"kind": kind, "reason": "反复发布广告。"})
    path = f"/users/{api.users['suspended'].user_id}/sanction"
    body = {"level": "suspended", "violation": "impersonation", "reason": "冒用他人资料。"}
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
    cases = api.call_path("review", "reviewer", "GET", "/cases")["items"]
    # Not the first one: cases that open on a day without work are due at the same moment, in the order of their ids.
    api.ids["case_id"] = next(case["case_id"] for case in cases if case["subject"]["kind"] == "note")


def _take_down(api: ApiFixture) -> None:
    """Take content of the owner down, which they can appeal, and content of the target, which they have appealed."""
    ports, circle_id = service_module("wiring", "review").ports(), api.ids["circle_id"]
    cases: dict[str, list[str]] = {"owner": [], "target": []}
    for author in ("owner", "owner", "target", "target"):
        note_id = new_id("note")
        report_note(ports, note_id, circle_id, api.users[author].user_id, api.users["member"].user_id)
        case_id = deterministic_id("cas", 0, "circles", "note", note_id, "0")
        decision = {"outcome": "upheld", "violation": "spam", "note": "已核实。"}
        api.call_path("review", "third_reviewer", "POST", f"/cases/{case_id}/decision", body=decision)
        cases[author].append(case_id)
    for case_id in cases["target"]:
        api.call_path("review", "target", "POST", f"/me/take-downs/{case_id}/appeal", body={"statement": "这不是广告。"})
    api.gateway.run_streams()
    api.ids["taken_down_case_id"] = cases["owner"][0]
    api.ids["appeal_id"] = derive_id("apl", cases["target"][0])


def report_note(ports: Any, note_id: str, circle_id: str, author_id: str, reporter_id: str) -> None:
    """File the report of a note that circles does not know, so that nothing else of the fixture is taken down."""
    data = ContentReportedData(
        service="circles",
        kind="note",
        subject_id=note_id,
        circle_id=circle_id,
        author_id=author_id,
        reporter_id=reporter_id,
        reason="spam",
        text="反复发广告。",
        evidence={"text": "加我看更多"},
    )
    at = ports.clock()
    envelope = {"entity_id": note_id, "entity_version": 1, "occurred_at": at, "correlation_id": "fixture"}
    apply_content_reported(ports, NoteReported(id=new_id("evt"), data=data, **envelope))
