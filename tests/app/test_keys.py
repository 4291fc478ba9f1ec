"""Idempotency keys: one wish is done once, and a key belongs to its user, its address and its body."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from simulation.api.fixture import Stage
from simulation.api.gateway import Answer, Person, fresh_key
from simulation.api.operations import (
    Operation,
    label,
    named,
    operations,
)
from tests.app.refusals import assert_refused
from tests.support.bodies import good_body

KEYED = [operation for operation in operations() if operation.is_keyed]
BY_REVIEWERS = {"decide_application", "decide_applications", "request_information", "assess_owner"}
OTHERWISE: dict[str, dict[str, Any]] = {
    "create_application": {"plan": "先邀请五十位朋友。"},
    "update_application": {"plan": "先邀请五十位朋友。"},
    "decide_application": {"note": "再想想。"},
    "request_information": {"note": "也请补充第三个月的安排。"},
    "assess_owner": {"note": "再看看。"},
    "appeal_application": {"statement": "请再看看。"},
    "issue_passcode": {"max_uses": 6},
    "rotate_passcode": {"grace_hours": 6},
    "create_draft": {"text": "另一份草稿。"},
    "create_export": {"kind": "circle"},
    "post_note": {"text": "今早在江边看到夜鹭。"},
    "add_comment": {"text": "真美。"},
    "create_listing": {"title": "另一副望远镜"},
    "place_order": {"quantity": 2},
}


def wisher(stage: Stage, operation: Operation) -> Person:
    return stage.people["reviewer" if operation.name in BY_REVIEWERS else "owner"]


def key_of(at: datetime) -> str:
    return str(ULID.from_timestamp(at.timestamp()))


def uuid7(at: datetime) -> str:
    value = int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | uuid.uuid4().int >> 70
    return str(uuid.UUID(int=value))


@pytest.mark.parametrize("operation", KEYED, ids=label)
def test_a_write_without_a_good_key_is_refused(stage: Stage, operation: Operation) -> None:
    now = datetime.now(UTC)
    old, ahead = now - timedelta(hours=24, minutes=1), now + timedelta(minutes=6)
    bad = ["-", "abc", "0" * 26, "8" * 26, str(uuid.uuid4()), key_of(now).lower(), key_of(now) + "0", " " + key_of(now)]
    bad += [key_of(old), key_of(ahead), uuid7(old), uuid7(ahead), "{" + uuid7(now) + "}", "a" * 10_000, "観" * 26]
    for key in bad:
        answer = stage.ask(operation, wisher(stage, operation), key=key)
        assert_refused(stage.gateway, operation.service, answer, 422, "invalid", at="Idempotency-Key")
    path = operation.path(stage.place(operation))
    bare = {"by": wisher(stage, operation), "body": stage.body(operation)}
    missing = stage.gateway.call(operation.service, operation.method, path, **bare)
    assert_refused(stage.gateway, operation.service, missing, 422, "invalid", at="Idempotency-Key")


@pytest.mark.parametrize("make", [key_of, uuid7])
def test_a_key_may_be_a_day_old_and_a_little_ahead(stage: Stage, make: Any) -> None:
    now = datetime.now(UTC)
    for at in (now - timedelta(hours=23, minutes=59), now + timedelta(minutes=4)):
        assert stage.ask(named("post_note"), stage.people["member"], key=make(at)).status == 201


@pytest.mark.parametrize("operation", KEYED, ids=label)
def test_the_same_wish_twice_is_done_once_and_answered_alike(stage: Stage, operation: Operation) -> None:
    key, by, body = fresh_key(), wisher(stage, operation), stage.body(operation)
    first = stage.ask(operation, by, key=key)
    assert first.status < 300
    assert stage.gateway.cloud.records(operation.service)
    reordered = dict(reversed(body.items()))
    for again in (stage.ask(operation, by, key=key), stage.ask(operation, by, key=key, body=reordered)):
        assert again.lasting == first.lasting
    assert stage.gateway.cloud.records(operation.service) == []


ONE_BY_ONE = {"decide_applications"}  # each of its items answers for itself


@pytest.mark.parametrize("operation", [one for one in KEYED if one.name not in ONE_BY_ONE], ids=label)
def test_a_key_that_comes_again_with_another_body_is_refused(stage: Stage, operation: Operation) -> None:
    key, by = fresh_key(), wisher(stage, operation)
    first = stage.ask(operation, by, key=key)
    stage.gateway.cloud.records(operation.service)
    other = {**stage.body(operation), **OTHERWISE[operation.name]}
    answer = stage.ask(operation, by, key=key, body=other)
    assert_refused(stage.gateway, operation.service, answer, 422, "idempotency-key-reused")
    assert stage.ask(operation, by, key=key).lasting == first.lasting


def _ids(*answers: Answer) -> list[str]:
    return [
        next(answer.body[name] for name in ("comment_id", "note_id", "passcode_id") if name in answer.body)
        for answer in answers
    ]


@pytest.mark.parametrize("name", ["post_note", "add_comment", "issue_passcode"])
def test_a_key_of_another_user_is_another_key(stage: Stage, name: str) -> None:
    key = fresh_key()
    answers = [stage.ask(named(name), stage.people[one], key=key) for one in ("owner", "moderator")]
    assert [answer.status for answer in answers] == [201, 201]
    assert len(set(_ids(*answers))) == 2


def test_a_key_on_another_address_is_another_key(stage: Stage, other_stage: Stage) -> None:
    """Also where only an id in the path differs: the passcode of one circle must never be handed out for another."""
    moderator, key = stage.people["moderator"], fresh_key()
    stage.must("circles", "moderator", "POST", "/memberships", body={"passcode": other_stage.passcode})
    there = {"circle_id": other_stage.ids["circle_id"]}
    raised = other_stage.ask(named("set_role"), other_stage.people["owner"], ids={"user_id": moderator.user_id})
    assert raised.status == 200
    here_and_there = [stage.ask(named("issue_passcode"), moderator, key=key, ids=ids) for ids in ({}, there)]
    assert here_and_there[0].body["passcode"] != here_and_there[1].body["passcode"]
    joined = stage.ask(named("join_circle"), Person(), body={"passcode": here_and_there[1].body["passcode"]})
    assert joined.body["circle_id"] == there["circle_id"]
    assert stage.ask(named("post_note"), moderator, key=key).status == 201


def test_a_retry_is_answered_even_after_other_changes(stage: Stage) -> None:
    """A draft that was edited and submitted meanwhile, a decision after which the next reviewer has come."""
    key, owner = fresh_key(), stage.people["owner"]
    started = stage.ask(named("create_application"), owner, key=key)
    own = {"application_id": started.body["application_id"]}
    other = {**good_body(stage, "update_application"), "plan": "改。"}
    assert stage.ask(named("update_application"), owner, ids=own, body=other).status == 200
    assert stage.ask(named("submit_application"), owner, ids=own).status == 200, "submitted"
    again = stage.ask(named("create_application"), owner, key=key)
    assert (again.status, again.body["application_id"]) == (201, own["application_id"])
    key, reviewer = fresh_key(), stage.people["reviewer"]
    assert stage.ask(named("decide_application"), reviewer, key=key).status == 201
    claimed = {"application_id": stage.applications["claimed"]}
    assert stage.ask(named("claim_application"), stage.people["second_reviewer"], ids=claimed).status == 200
    assert stage.ask(named("decide_application"), reviewer, key=key).body["approvals"] == 1
