"""Log lines: each has a correlation id, and none has a text of a user or a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services import SERVICES
from services.shared.kernel.observability import logger
from simulation.access.roles import routes
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import ApiUser, Context, new_idempotency_key
from simulation.api.moto_cloud import PICTURES_DOMAIN, service_module
from simulation.api.operations import Operation, named, operations
from simulation.streams import NO_FAILURES

MARK = "zzmarkzz"
Logged = Callable[[], str]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Logged]:
    """All output since the start: our JSON lines, log records of libraries, stdout and stderr."""
    ours, others = io.StringIO(), io.StringIO()
    handler, root = logging.StreamHandler(others), logging.getLogger()
    handler.setFormatter(_Everything())
    root.addHandler(handler)
    before = logger().registered_handler.setStream(ours)  # type: ignore[attr-defined]
    capsys.readouterr()
    yield lambda: ours.getvalue() + others.getvalue() + "".join(capsys.readouterr())
    logger().registered_handler.setStream(before)  # type: ignore[attr-defined]
    root.removeHandler(handler)


class _Everything(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(vars(record), default=str, ensure_ascii=False)


def lines(text: str) -> list[dict[str, Any]]:
    """Our own log lines, one JSON object each."""
    parsed = []
    for line in text.splitlines():
        if line.startswith('{"level"'):
            parsed.append(json.loads(line))
    return parsed


def _marked(value: Any) -> Any:
    """A body with the mark in each free text."""
    free = (
        "text",
        "reason",
        "note",
        "plan",
        "resonance",
        "circle_definition",
        "early_building",
        "circle_name",
        "client_msg_id",
    )
    body = dict(value)
    for name in free:
        if name in body:
            body[name] = f"{MARK}-{name}"
    for name in ("tags", "circle_tags"):
        if name in body:
            body[name] = [f"{MARK}-tag"]
    if "real_name_token" in body:
        body["real_name_token"] = f"{MARK}-real-name-token"
    if "evidence" in body:
        body["evidence"] = [f"https://example.org/{MARK}"]
    return body


def _each_route(api: ApiFixture) -> None:
    """Call each route with marked bodies, as each kind of user, valid and invalid."""
    headers = {"authorization": f"Bearer {MARK}", "user-agent": MARK, "accept-language": MARK, "cookie": MARK}
    for operation in operations():
        for persona in _concerned(operation):
            good: Any = _marked(api.request_body(operation)) if operation.takes_body else None
            api.call(operation, api.users[persona], body=good, headers=headers)
            api.call(operation, api.users[persona], body=good, headers=headers, query=f"{MARK}={MARK}&cursor={MARK}")
            if operation.takes_body:
                api.call(operation, api.users[persona], body={**good, MARK: MARK}, headers=headers)
                api.call(operation, api.users[persona], body='{"text": "' + MARK, headers=headers)
    api.gateway.call("circles", "GET", f"/circles/{MARK}", headers=headers)
    api.gateway.run_streams()


def _concerned(operation: Operation) -> set[str]:
    """One kind of user per status of the route."""
    statuses = {"stranger": 200} if operation.is_public else routes()[operation.service, str(operation)].statuses
    return set({status: persona for persona, status in statuses.items()}.values())


def test_no_log_line_contains_texts_of_users_or_secrets(api: ApiFixture, logged: Logged) -> None:
    owner = api.users["owner"]
    secrets = [MARK, api.passcode, api.passcode.replace("-", ""), PICTURES_DOMAIN, "Signature="]
    _each_route(api)
    issued = api.call(named("issue_passcode"), owner).body["passcode"]
    api.call(named("join_circle"), ApiUser(), body={"passcode": f"口令 {issued} 快来"})
    api.call(named("join_circle"), ApiUser(), body={"passcode": f"{MARK} 0000-0000-0001"})
    ticket = api.call(named("create_ticket"), api.users["member"]).body["ticket"]
    secrets += [issued, issued.replace("-", ""), "0000-0000-0001", "000000000001", ticket]
    gateway, member = api.gateway, {name: api.ids[name] for name in ("circle_id", "room_id")}
    assert gateway.call_socket("$connect", "connection-0001", ticket=ticket) == 200
    send = {"client_msg_id": f"{MARK}-0001", "after_seq": 0, "text": MARK}
    for frame in ({"action": "subscribe", **member}, {"action": "send", **member, **send}, {"action": MARK}, {"text": MARK}):
        gateway.call_socket("$default", "connection-0001", body={"ref": MARK, **frame})
    gateway.call_socket("$default", "connection-0001", body='{"action": "' + MARK)
    gateway.call_socket("$connect", "connection-0002", ticket=MARK)
    _send_invalid_input(api)
    text = logged()
    assert len(lines(text)) > 300
    assert not [secret for secret in secrets if secret in text]


def _send_invalid_input(api: ApiFixture) -> None:
    """Send invalid input to the functions without routes."""
    detail = {"name": MARK, "data": {"reason": MARK}}
    messages = [{"messageId": "1", "body": json.dumps({"detail": detail}), "eventSource": "aws:sqs"}]
    for service in ("circles", "chat"):
        service_module("inbox", service).on_inbox({"Records": messages}, Context())
    image = {"pk": {"S": "X"}, "sk": {"S": "Y"}, "audit": {"S": f"[{MARK}"}}
    change = {"Keys": {"pk": {"S": "X"}, "sk": {"S": "Y"}}, "NewImage": image, "SequenceNumber": "1"}
    for service in ("circles", "review"):
        response = service_module("workers", service).on_change({"Records": [{"dynamodb": change}]}, Context())
        assert response == NO_FAILURES
    failed = {service: len(api.gateway.cloud.failed_messages(service)) for service in ("circles", "chat", "review")}
    assert failed == {"circles": 2, "chat": 1, "review": 1}


def test_a_correlation_id_is_passed_from_a_request_to_the_subscribers_of_its_event(api: ApiFixture, logged: Logged) -> None:
    gateway, trace = api.gateway, f"trace-{new_idempotency_key()}"
    response = api.call(named("impose_member_sanction"), api.users["moderator"], headers={"x-correlation-id": trace})
    assert response.headers["x-correlation-id"] == trace
    _slot, record = gateway.cloud.records("circles")
    assert record["dynamodb"]["NewImage"]["correlation_id"] == {"S": trace}
    service_module("workers", "circles").relay({"Records": [record]}, Context())
    (sqs_message,) = gateway.cloud.queue_messages("chat")
    detail = json.loads(sqs_message["body"])["detail"]
    assert (detail["name"], detail["correlation_id"]) == ("MembershipChanged", trace)
    service_module("inbox", "chat").on_inbox({"Records": [sqs_message]}, Context())
    log_messages = [line["message"] for line in lines(logged()) if line.get("correlation_id") == trace]
    assert log_messages == ["responded", "published", "event processed"]


def test_a_correlation_id_is_passed_through_a_socket(api: ApiFixture, logged: Logged) -> None:
    gateway, trace = api.gateway, f"trace-{new_idempotency_key()}"
    ticket = api.call(named("create_ticket"), api.users["member"]).body["ticket"]
    gateway.call_socket("$connect", "connection-0003", ticket=ticket)
    gateway.call_socket("$default", "connection-0003", body={"action": "ping"}, requestId=trace)
    (line,) = [line for line in lines(logged()) if line.get("correlation_id") == trace]
    assert (line["message"], line["action"], line["type"]) == ("handled frame", "ping", "pong")


def test_a_log_line_cannot_be_forged_by_a_header(api: ApiFixture, logged: Logged) -> None:
    forged = 'x"}\n{"level":"INFO","message":"forged"}'
    api.call(named("get_circle"), api.users["member"], headers={"x-correlation-id": forged, "user-agent": forged})
    assert "forged" not in logged()


def test_c4_no_table_holds_a_passcode_a_ticket_or_a_real_name_token(api: ApiFixture) -> None:
    ticket = api.call(named("create_ticket"), api.users["member"]).body["ticket"]
    dump = json.dumps([list(api.gateway.cloud.items(service).values()) for service in SERVICES])
    assert api.ids["passcode_id"] in dump
    for secret in (api.tokens["owner"], api.passcode, api.passcode.replace("-", ""), ticket):
        assert secret not in dump
