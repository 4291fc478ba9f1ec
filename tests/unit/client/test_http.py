"""Which requests the Python client repeats, with what, and after which pause."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from coterie_client import ApiError, DownloadFailed, PictureRejected, ResponseMissing
from coterie_client.models import CircleResponse, NoteRequest
from coterie_client.retries import is_repeatable, new_key

from tests.unit.client.transport import Script, Step, ok, problem, quick

NOTES = "/circles/cir_1/notes"
LOST = httpx.ReadTimeout("no response")
NEVER_SENT = httpx.ConnectError("no route")


def test_a_keyed_write_keeps_its_key_and_body_over_all_attempts() -> None:
    script = Script(LOST, problem(503, "unavailable"), problem(429, "rate-limit-reached"), ok({"note_id": "note_1"}, 201))
    note = script.client().call("POST", NOTES, NoteRequest(text="今早看到白鹭。"))
    assert note == {"note_id": "note_1"}
    (key,) = set(script.header("idempotency-key"))
    assert key and UUID(key).version == 7
    assert {request.content for request in script.requests} == {script.requests[0].content}
    assert json.loads(script.requests[0].content) == {"text": "今早看到白鹭。"}
    assert len(script.requests) == 4


def test_two_calls_have_two_keys_and_an_earlier_key_can_be_repeated() -> None:
    script = Script(ok({}))
    client = script.client()
    client.call("POST", NOTES, {})
    client.call("POST", NOTES, {})
    client.call("POST", NOTES, {}, key="01HZX0000000000000000000AA")
    first, second, third = script.header("idempotency-key")
    assert first != second
    assert third == "01HZX0000000000000000000AA"


def test_an_unkeyed_post_is_repeated_only_if_it_had_no_effect() -> None:
    path = "/circles/cir_1/check-ins"
    unknown: tuple[Step, ...] = (LOST, problem(503, "unavailable"), problem(503), problem(502))
    for step in unknown:
        script = Script(step, ok({}))
        with pytest.raises((ApiError, ResponseMissing)):
            script.client().call("POST", path)
        assert len(script.requests) == 1
    without_effect: tuple[Step, ...] = (NEVER_SENT, problem(429, "rate-limit-reached"))
    for step in without_effect:
        script = Script(step, ok({}))
        assert script.client().call("POST", path) == {}
        assert len(script.requests) == 2


def test_a_lost_response_names_whether_the_outcome_is_unknown() -> None:
    for error, is_unknown in ((LOST, True), (NEVER_SENT, False)):
        with pytest.raises(ResponseMissing) as raised:
            Script(error).client(retries=quick(attempts=2)).call("POST", "/circles/cir_1/check-ins")
        assert raised.value.is_outcome_unknown is is_unknown


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/circles", True),
        ("PUT", "/circles/c/notes/n/like", True),
        ("DELETE", "/circles/c/membership", True),
        ("POST", "/circles/c/notes", True),
        ("POST", "/circles/c/notes?x=1", True),
        ("POST", "/circles/c/notes/n/comments", True),
        ("POST", "/circles/c/check-ins", False),
        ("POST", "/memberships", False),
    ],
)
def test_what_is_repeatable(method: str, path: str, expected: bool) -> None:
    assert is_repeatable(method, path) is expected


def test_the_pause_is_what_the_api_asks_for() -> None:
    steps = [problem(429, "rate-limit-reached", headers={"retry-after": "3"}), problem(429, "x", retry_after=5), ok({})]
    script = Script(*steps)
    script.client().call("GET", "/circles")
    assert [3 <= script.pauses[0] <= 3.2, 5 <= script.pauses[1] <= 5.2] == [True, True]


def test_a_conflict_that_passes_is_waited_for() -> None:
    script = Script(problem(409, "pictures-not-ready", retry_after=1), ok({"note_id": "note_1"}, 201))
    assert script.client().call("POST", NOTES, {}) == {"note_id": "note_1"}
    assert len(set(script.header("idempotency-key"))) == 1


def test_pauses_that_the_api_does_not_name_are_random_and_bounded() -> None:
    script = Script(LOST)
    with pytest.raises(ResponseMissing):
        script.client(retries=quick(attempts=7, first=0.1, cap=0.4)).call("GET", "/circles")
    assert len(script.pauses) == 6
    assert all(0 <= pause <= min(0.4, 0.1 * 2**number) for number, pause in enumerate(script.pauses))


def test_a_pause_beyond_the_deadline_is_not_waited_for() -> None:
    script = Script(problem(429, "passcode-attempts-exceeded", headers={"retry-after": "900"}))
    with pytest.raises(ApiError) as raised:
        script.client().call("POST", "/memberships", {})
    assert (raised.value.retry_after, script.pauses, len(script.requests)) == (900, [], 1)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 413, 422, 428, 500])
def test_other_errors_are_raised_at_once(status: int) -> None:
    script = Script(problem(status, "some-code"))
    with pytest.raises(ApiError):
        script.client().call("GET", "/circles")
    assert len(script.requests) == 1


def test_a_problem_is_an_exception_with_its_texts_errors_and_facts() -> None:
    errors = [{"at": "/text", "code": "required", "message": "请填写"}]
    response = problem(422, "invalid", title="有内容不符合要求", next_step="请修改", errors=errors, retry_after=None, limit=5)
    script = Script(response)
    with pytest.raises(ApiError) as raised:
        script.client(language="zh-CN").call("POST", NOTES, {})
    error = raised.value
    assert (error.status, error.code, error.title, error.next_step) == (422, "invalid", "有内容不符合要求", "请修改")
    assert [(field.at, field.code, field.message) for field in error.errors] == [("/text", "required", "请填写")]
    assert (error.facts, error.correlation_id) == ({"limit": 5}, "c")
    assert script.header("accept-language") == ["zh-CN"]


def test_a_response_of_the_gateway_and_one_that_is_not_json_are_exceptions_too() -> None:
    for response in (problem(500), httpx.Response(500, text="<html>"), httpx.Response(500, content=b"[1]")):
        with pytest.raises(ApiError) as raised:
            Script(response).client().call("GET", "/circles")
        assert (raised.value.status, raised.value.code) == (500, "")


def test_a_change_carries_the_etag_and_a_response_returns_it() -> None:
    script = Script(ok({"name": "x"}, ETag='"7"'))
    response = script.client().request("PUT", f"{NOTES}/note_1", {}, etag="6")
    assert (response.etag, script.header("if-match")) == ("7", ['"6"'])


def test_a_deletion_whose_response_was_lost_succeeds_if_nothing_is_there() -> None:
    assert Script(LOST, problem(404, "not-found")).client().call("DELETE", f"{NOTES}/note_1") is None
    with pytest.raises(ApiError):
        Script(problem(404, "not-found")).client().call("DELETE", f"{NOTES}/note_1")
    with pytest.raises(ApiError):
        Script(NEVER_SENT, problem(404, "not-found")).client().call("DELETE", f"{NOTES}/note_1")


def test_a_wrong_clock_is_corrected_for_keys_of_the_client_only() -> None:
    server_time = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    script = Script(problem(422, "idempotency-key-time-invalid", server_time=server_time), ok({}))
    client = script.client()
    client.call("POST", NOTES, {})
    client.call("POST", NOTES, {})
    times = [int(str(key).replace("-", "")[:12], 16) / 1000 for key in script.header("idempotency-key")]
    ahead = [round((time - datetime.now(UTC).timestamp()) / 86_400) for time in times]
    assert ahead == [0, 3, 3]
    script = Script(problem(422, "idempotency-key-time-invalid", server_time=server_time), ok({}))
    with pytest.raises(ApiError):
        script.client().call("POST", NOTES, {}, key=new_key())


def test_a_model_is_parsed_and_new_fields_of_a_later_api_are_ignored() -> None:
    document = {
        "circle_id": "cir_1", "name": "观鸟", "tags": [], "seat": 1, "state": "active", "read_only": False, "own_role": "owner",
        "own_mute": None, "closes_at": None, "created_at": "2026-01-01T00:00:00Z", "cover": None,
        "own_role_proposal": None, "a_new_field": 1,
    }  # fmt: skip
    circle = Script(ok(document)).client().call("GET", "/circles/cir_1", model=CircleResponse)
    assert (circle.name, circle.created_at.year) == ("观鸟", 2026)


def test_pages_are_requested_when_they_are_needed() -> None:
    pages = [ok({"items": [1, 2], "next_cursor": "c1"}), ok({"items": [3], "next_cursor": None})]
    script = Script(*pages)
    items = script.client().iterate("/circles", limit=2, state="active")
    assert (next(items), next(items), len(script.requests)) == (1, 2, 1)
    assert list(items) == [3]
    queries = [dict(request.url.params) for request in script.requests]
    assert queries == [{"limit": "2", "state": "active"}, {"limit": "2", "state": "active", "cursor": "c1"}]


def test_a_download_follows_to_another_host_without_the_token() -> None:
    redirect = httpx.Response(302, headers={"location": "https://files.example.net/x?signature=1"})
    script = Script(redirect, httpx.Response(403), redirect, httpx.Response(200, content=b"data"))
    assert script.client().download("/circles/c/exports/e/files/1") == b"data"
    assert script.header("authorization") == ["Bearer token", None, "Bearer token", None]
    with pytest.raises(DownloadFailed):
        Script(redirect, httpx.Response(403), redirect, httpx.Response(403)).client(retries=quick(attempts=2)).download("/x")


def test_a_picture_is_uploaded_without_the_token_and_waited_for() -> None:
    form = ok({"picture_id": "pic_1", "url": "https://bucket.example.net", "fields": {"key": "k"}}, 201)
    state = {"picture_id": "pic_1", "reason": None, "picture": None, "codes": None}
    checks = [ok({**state, "state": name}) for name in ("awaiting_upload", "processing", "ready")]
    script = Script(form, httpx.Response(503), httpx.Response(204), *checks)
    assert script.client().upload_picture("cir_1", b"png", "image/png") == "pic_1"
    assert script.header("authorization") == ["Bearer token", None, None, *["Bearer token"] * 3]
    rejected = {**state, "state": "rejected", "reason": {"code": "too-small", "en": "Too small.", "zh_cn": "图片太小"}}
    with pytest.raises(PictureRejected, match="Too small"):
        Script(form, httpx.Response(204), ok(rejected)).client().upload_picture("cir_1", b"png", "image/png")


def test_a_path_must_begin_with_a_slash() -> None:
    with pytest.raises(ValueError, match="slash"):
        Script(ok({})).client().call("GET", "@other.example.net/")
