"""Idempotency keys: a request is applied once; a key is bound to its user, address and body."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from simulation.api.bodies import request_body
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import ApiUser, Response, new_idempotency_key
from simulation.api.operations import Operation, label, named, operations
from tests.app.problems import assert_problem

KEYED = [operation for operation in operations() if operation.is_keyed]
BY_REVIEWERS = {
    "decide_application",
    "decide_applications",
    "request_information",
    "assess_owner",
    "impose_sanction",
    "lift_sanction",
}
OTHER_BODIES: dict[str, dict[str, Any]] = {
    "create_application": {"plan": "先邀请五十位朋友。"},
    "update_application": {"plan": "先邀请五十位朋友。"},
    "decide_application": {"note": "再想想。"},
    "request_information": {"note": "也请补充第三个月的安排。"},
    "assess_owner": {"note": "再看看。"},
    "appeal_application": {"statement": "请再看看。"},
    "appeal_sanction": {"statement": "请再看看。"},
    "appeal_take_down": {"statement": "请再看看。"},
    "rename_circle": {"name": "城市观鸟与摄影"},
    "issue_passcode": {"max_uses": 6},
    "rotate_passcode": {"grace_hours": 6},
    "open_topic": {"name": "山地晨观"},
    "create_draft": {"text": "另一份草稿。"},
    "create_export": {"kind": "circle"},
    "create_campaign": {"min_days": 2},
    "post_note": {"text": "今早在江边看到夜鹭。"},
    "add_comment": {"text": "真美。"},
    "impose_member_sanction": {"reason": "多次提醒无效。"},
    "lift_member_sanction": {"reason": "误判。"},
    "close_circle": {"notice_days": 31},
    "impose_sanction": {"reason": "多次提醒无效。"},
    "lift_sanction": {"reason": "误判。"},
    "create_listing": {"title": "另一副望远镜"},
    "create_quick_listing": {"title": "另一辆自行车"},
    "restock_listing": {"add": 2},
    "place_order": {"quantity": 2},
    "issue_coupon": {"max_uses": 7},
    "request_payout": {"amount": 2_000},
    "create_address": {"street": "望京街 8 号"},
    "check_out": {"lines": [{"listing_id": "lst_01KB9ZQ4T8N3W5X7Y2V6R1M0CE", "revision": 1, "quantity": 1}]},
    "refund_order": {"amount": 901},
    "request_return": {"text": "镜片有两处划痕。"},
    "open_dispute": {"statement": "物流没有更新。"},
}


def caller_of(api: ApiFixture, operation: Operation) -> ApiUser:
    if operation.name == "enrol_reviewer":
        return api.users["operator"]
    if operation.name == "appeal_sanction":
        return api.users["suspended"]
    if operation.name == "request_payout":
        return api.users["moderator"]
    if operation.name == "restock_listing":
        return api.users["moderator"]  # who sells the listing
    if operation.name == "refund_order":
        return api.users["moderator"]
    if operation.name in ("request_return", "open_dispute"):
        return api.users["member"]
    return api.users["reviewer" if operation.name in BY_REVIEWERS else "owner"]


def prepare(api: ApiFixture, operation: Operation) -> None:
    """Ban the member whose sanction is lifted, and publish the teaser that a campaign needs."""
    if operation.name == "create_campaign":
        assert api.call(named("set_teaser"), api.users["owner"]).status == 200
        api.gateway.cloud.records("circles")
    if operation.name == "lift_member_sanction":
        ban = {"kind": "ban", "reason": "反复发布广告。"}
        assert api.call(named("impose_member_sanction"), api.users["owner"], body=ban).status == 200
        api.gateway.cloud.records("circles")


def key_of(at: datetime) -> str:
    return str(ULID.from_timestamp(at.timestamp()))


def uuid7(at: datetime) -> str:
    value = int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | uuid.uuid4().int >> 70
    return str(uuid.UUID(int=value))


@pytest.mark.parametrize("operation", KEYED, ids=label)
def test_a_write_without_a_valid_key_is_an_error(api: ApiFixture, operation: Operation) -> None:
    now = datetime.now(UTC)
    old, ahead = now - timedelta(hours=24, minutes=1), now + timedelta(minutes=6)
    bad = ["-", "abc", "8" * 26, str(uuid.uuid4()), key_of(now).lower(), key_of(now) + "0", " " + key_of(now)]
    bad += ["{" + uuid7(now) + "}", "a" * 10_000, "観" * 26]
    for key in bad:
        response = api.call(operation, caller_of(api, operation), key=key)
        assert_problem(api.gateway, operation.service, response, 422, "invalid", at="Idempotency-Key")
    for key in ("0" * 26, "7" + "Z" * 25, key_of(old), key_of(ahead), uuid7(old), uuid7(ahead)):
        response = api.call(operation, caller_of(api, operation), key=key)
        code = "idempotency-key-time-invalid"
        assert_problem(api.gateway, operation.service, response, 422, code, at="Idempotency-Key")
        assert abs(datetime.fromisoformat(response.body["server_time"]) - now) < timedelta(minutes=1)
    path = operation.path(api.path_ids(operation))
    bare = {"by": caller_of(api, operation), "body": api.request_body(operation)}
    missing = api.gateway.call(operation.service, operation.method, path, **bare)
    assert_problem(api.gateway, operation.service, missing, 422, "invalid", at="Idempotency-Key")


@pytest.mark.parametrize("make", [key_of, uuid7])
def test_a_key_can_be_a_day_old_and_5_minutes_ahead(api: ApiFixture, make: Any) -> None:
    now = datetime.now(UTC)
    for at in (now - timedelta(hours=23, minutes=59), now + timedelta(minutes=4)):
        assert api.call(named("post_note"), api.users["member"], key=make(at)).status == 201


# The form is signed again for each try.
STORES_NOTHING = {"create_upload", "create_avatar_upload", "create_room_upload", "create_listing_upload"}


@pytest.mark.parametrize("operation", [one for one in KEYED if one.name not in STORES_NOTHING], ids=label)
def test_a_repeated_request_is_applied_once_with_the_same_response(api: ApiFixture, operation: Operation) -> None:
    key, by, body = new_idempotency_key(), caller_of(api, operation), api.request_body(operation)
    prepare(api, operation)
    first = api.call(operation, by, key=key)
    assert first.status < 300
    assert api.gateway.cloud.records(operation.service)
    reordered = dict(reversed(body.items())) if operation.takes_body else body
    for again in (api.call(operation, by, key=key), api.call(operation, by, key=key, body=reordered)):
        assert again.comparable == first.comparable
    assert api.gateway.cloud.records(operation.service) == []


KEY_PER_ITEM = {"decide_applications"}  # each of its items has a key of its own
HAVE_OTHER_BODIES = [one for one in KEYED if one.takes_body and one.name not in KEY_PER_ITEM | STORES_NOTHING]


@pytest.mark.parametrize("operation", HAVE_OTHER_BODIES, ids=label)
def test_a_key_with_another_body_is_an_error(api: ApiFixture, operation: Operation) -> None:
    key, by = new_idempotency_key(), caller_of(api, operation)
    prepare(api, operation)
    first = api.call(operation, by, key=key)
    api.gateway.cloud.records(operation.service)
    # A real-name token is about one user: another valid one is a newer statement about the same user.
    changed = OTHER_BODIES.get(operation.name) or {"real_name_token": api.real_name_token(api.users["target"], "target")}
    other = {**api.request_body(operation), **changed}
    response = api.call(operation, by, key=key, body=other)
    assert_problem(api.gateway, operation.service, response, 422, "key-reused")
    assert api.call(operation, by, key=key).comparable == first.comparable


@pytest.mark.parametrize("name", ["create_upload", "create_room_upload", "create_listing_upload"])
def test_a_repeated_upload_is_the_same_picture_and_another_body_another_one(api: ApiFixture, name: str) -> None:
    key, by, upload = new_idempotency_key(), api.users["member"], named(name)
    first, again = api.call(upload, by, key=key), api.call(upload, by, key=key)
    assert (again.body["picture_id"], again.body["fields"]["key"]) == (first.body["picture_id"], first.body["fields"]["key"])
    other = api.call(upload, by, key=key, body={"type": "image/png", "size": 10})
    assert other.body["picture_id"] != first.body["picture_id"]


def _ids(*responses: Response) -> list[str]:
    return [
        next(response.body[name] for name in ("comment_id", "note_id", "passcode_id") if name in response.body)
        for response in responses
    ]


@pytest.mark.parametrize("name", ["post_note", "add_comment", "issue_passcode"])
def test_the_same_key_of_another_user_is_another_key(api: ApiFixture, name: str) -> None:
    key = new_idempotency_key()
    responses = [api.call(named(name), api.users[one], key=key) for one in ("owner", "moderator")]
    assert [response.status for response in responses] == [201, 201]
    assert len(set(_ids(*responses))) == 2


def test_the_same_key_at_another_address_is_another_key(api: ApiFixture, other_api: ApiFixture) -> None:
    """Also if only an id in the path differs: a passcode of one circle must never be returned for another."""
    moderator, key = api.users["moderator"], new_idempotency_key()
    api.call_path("circles", "moderator", "POST", "/memberships", body={"passcode": other_api.passcode})
    there = {"circle_id": other_api.ids["circle_id"]}
    ids = {"user_id": moderator.user_id}
    headers = {"if-match": f'"{other_api.read_etag(named("set_role"), ids)}"'}
    raised = other_api.call(named("set_role"), other_api.users["owner"], ids=ids, headers=headers)
    assert raised.status == 200
    assert (
        api.call(named("accept_role"), moderator, ids=there, body={"role": raised.body["role_proposal"]["role"]}).status == 200
    )
    here_and_there = [api.call(named("issue_passcode"), moderator, key=key, ids=ids) for ids in ({}, there)]
    assert here_and_there[0].body["passcode"] != here_and_there[1].body["passcode"]
    joined = api.call(named("join_circle"), ApiUser(), body={"passcode": here_and_there[1].body["passcode"]})
    assert joined.body["circle_id"] == there["circle_id"]
    assert api.call(named("post_note"), moderator, key=key).status == 201


def test_a_retry_gets_its_result_after_other_changes(api: ApiFixture) -> None:
    """A draft that was submitted meanwhile, and a decision after which another reviewer claimed."""
    key, owner = new_idempotency_key(), api.users["owner"]
    started = api.call(named("create_application"), owner, key=key)
    own = {"application_id": started.body["application_id"]}
    other = {**request_body(api, "update_application"), "plan": "改。"}
    read = {"if-match": f'"{started.body["etag"]}"'}
    assert api.call(named("update_application"), owner, ids=own, body=other, headers=read).status == 200
    assert api.call(named("submit_application"), owner, ids=own).status == 200, "submitted"
    again = api.call(named("create_application"), owner, key=key)
    assert (again.status, again.body["application_id"]) == (201, own["application_id"])
    key, reviewer = new_idempotency_key(), api.users["reviewer"]
    assert api.call(named("decide_application"), reviewer, key=key).status == 201
    claimed = {"application_id": api.applications["claimed"]}
    assert api.call(named("claim_application"), api.users["second_reviewer"], ids=claimed).status == 200
    assert api.call(named("decide_application"), reviewer, key=key).body["approvals"] == 1
