"""Logs carry a correlation id through HTTP, table, bus, inbox and sockets, and nothing that people wrote or must keep."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.shared.kernel.observability import logger
from simulation.api.fixture import Stage
from simulation.api.gateway import (
    SERVICES,
    Context,
    Person,
    fresh_key,
)
from simulation.api.moto_cloud import module
from simulation.api.operations import Operation, named, operations
from tests.app.matrix import expected

MARK = "zzmarkzz"
FREE = ("text", "reason", "note", "plan", "resonance", "circle_definition", "early_building", "circle_name", "client_msg_id")
Logged = Callable[[], str]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Logged]:
    """All that was logged or printed since, by whomever: our own JSON lines, others' records, stdout and stderr."""
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
    """Our own lines, one JSON object each."""
    found = []
    for line in text.splitlines():
        if line.startswith('{"level"'):
            found.append(json.loads(line))
    return found


def _marked(value: Any) -> Any:
    """A body with the mark in every text that people choose freely."""
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


def _each_route(stage: Stage) -> None:
    """Every route with marked bodies, as who may and as a stranger, well and broken."""
    headers = {"authorization": f"Bearer {MARK}", "user-agent": MARK, "accept-language": MARK, "cookie": MARK}
    for operation in operations():
        for persona in _concerned(operation):
            good = _marked(stage.body(operation)) if operation.takes_body else None
            stage.ask(operation, stage.people[persona], body=good, headers=headers)
            stage.ask(operation, stage.people[persona], body=good, headers=headers, query=f"{MARK}={MARK}&cursor={MARK}")
            if operation.takes_body:
                stage.ask(operation, stage.people[persona], body={**good, MARK: MARK}, headers=headers)
                stage.ask(operation, stage.people[persona], body='{"text": "' + MARK, headers=headers)
    stage.gateway.call("circles", "GET", f"/circles/{MARK}", headers=headers)
    stage.gateway.deliver()


def _concerned(operation: Operation) -> set[str]:
    """Everybody to whom the route answers differently."""
    row = expected().get((operation.service, str(operation)), {"stranger": 200})
    return set({status: persona for persona, status in row.items()}.values())


def test_no_log_line_holds_what_people_wrote_or_must_keep(stage: Stage, logged: Logged) -> None:
    owner = stage.people["owner"]
    secrets = [MARK, stage.passcode, stage.passcode.replace("-", "")]
    _each_route(stage)
    issued = stage.ask(named("issue_passcode"), owner).body["passcode"]
    stage.ask(named("join_circle"), Person(), body={"passcode": f"口令 {issued} 快来"})
    stage.ask(named("join_circle"), Person(), body={"passcode": f"{MARK} 0000-0000-0001"})
    ticket = stage.ask(named("create_ticket"), stage.people["member"]).body["ticket"]
    secrets += [issued, issued.replace("-", ""), "0000-0000-0001", "000000000001", ticket]
    gateway, member = stage.gateway, {name: stage.ids[name] for name in ("circle_id", "room_id")}
    assert gateway.socket("$connect", "connection-0001", ticket=ticket) == 200
    send = {"client_msg_id": f"{MARK}-0001", "after_seq": 0, "text": MARK}
    for frame in ({"action": "subscribe", **member}, {"action": "send", **member, **send}, {"action": MARK}, {"text": MARK}):
        gateway.socket("$default", "connection-0001", body={"ref": MARK, **frame})
    gateway.socket("$default", "connection-0001", body='{"action": "' + MARK)
    gateway.socket("$connect", "connection-0002", ticket=MARK)
    _poison(stage)
    text = logged()
    assert len(lines(text)) > 300
    assert not [secret for secret in secrets if secret in text]


def _poison(stage: Stage) -> None:
    """What breaks inside the functions that no one calls by hand."""
    detail = {"name": MARK, "data": {"reason": MARK}}
    letters = [{"messageId": "1", "body": json.dumps({"detail": detail}), "eventSource": "aws:sqs"}]
    for service in ("circles", "chat"):
        module("inbox", service).on_inbox({"Records": letters}, Context())
    image = {"pk": {"S": "X"}, "sk": {"S": "Y"}, "audit": {"S": f"[{MARK}"}}
    change = {"Keys": {"pk": {"S": "X"}, "sk": {"S": "Y"}}, "NewImage": image, "SequenceNumber": "1"}
    for service in ("circles", "review"):
        answer = module("workers", service).on_change({"Records": [{"dynamodb": change}]}, Context())
        assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_a_correlation_id_travels_from_a_request_to_every_reader_of_its_event(stage: Stage, logged: Logged) -> None:
    gateway, trace = stage.gateway, f"trace-{fresh_key()}"
    answer = stage.ask(named("impose_member_sanction"), stage.people["moderator"], headers={"x-correlation-id": trace})
    assert answer.headers["x-correlation-id"] == trace
    (record,) = gateway.cloud.records("circles")
    assert record["dynamodb"]["NewImage"]["correlation_id"] == {"S": trace}
    module("workers", "circles").relay({"Records": [record]}, Context())
    (letter,) = gateway.cloud.letters("chat")
    detail = json.loads(letter["body"])["detail"]
    assert (detail["name"], detail["correlation_id"]) == ("MembershipChanged", trace)
    module("inbox", "chat").on_inbox({"Records": [letter]}, Context())
    told = [line["message"] for line in lines(logged()) if line.get("correlation_id") == trace]
    assert told == ["answered", "published", "received"]


def test_a_correlation_id_travels_through_a_socket(stage: Stage, logged: Logged) -> None:
    gateway, trace = stage.gateway, f"trace-{fresh_key()}"
    ticket = stage.ask(named("create_ticket"), stage.people["member"]).body["ticket"]
    gateway.socket("$connect", "connection-0003", ticket=ticket)
    gateway.socket("$default", "connection-0003", body={"action": "ping"}, requestId=trace)
    (line,) = [line for line in lines(logged()) if line.get("correlation_id") == trace]
    assert (line["message"], line["action"], line["type"]) == ("answered frame", "ping", "pong")


def test_a_log_line_cannot_be_forged_by_a_header(stage: Stage, logged: Logged) -> None:
    forged = 'x"}\n{"level":"INFO","message":"forged"}'
    stage.ask(named("get_circle"), stage.people["member"], headers={"x-correlation-id": forged, "user-agent": forged})
    assert "forged" not in logged()


def test_c4_no_table_holds_a_passcode_a_ticket_or_a_real_name_token(stage: Stage) -> None:
    ticket = stage.ask(named("create_ticket"), stage.people["member"]).body["ticket"]
    dump = json.dumps([list(stage.gateway.cloud.dump(service).values()) for service in SERVICES])
    assert stage.ids["passcode_id"] in dump
    for secret in (stage.tokens["owner"], stage.passcode, stage.passcode.replace("-", ""), ticket):
        assert secret not in dump
