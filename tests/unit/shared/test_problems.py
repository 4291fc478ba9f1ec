"""Problem documents: their members, and their size whatever the request contains."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import Field

from services.shared.http.api import Api
from services.shared.http.catalogue import STATES_ZH
from services.shared.http.gateway import VERSION_PREFIX
from services.shared.http.ports import HttpPorts
from services.shared.http.problems import MAX_FIELD_PROBLEMS, problem
from services.shared.http.schemas import RequestModel
from services.shared.kernel.errors import Conflict, DomainError, FieldError, IdempotencyKeyTimeInvalid, Invalid, TooManyRequests
from services.shared.kernel.text import Line
from services.shared.security.keys import KeyRing
from simulation.memory import MemoryTable
from simulation.setup.requests import CHANGE_RATE
from simulation.user_pool import TOKENS
from tests.support.cpu import cpu_at_most

NOW = datetime(2026, 8, 3, 12, 0, 0, 250_000, tzinfo=UTC)
KEYS = KeyRing("k1", {"k1": b"0" * 32})
MAX_BODY_BYTES = 8 * 1024


class Thing(RequestModel):
    text: Line = ""
    numbers: list[int] = Field(default=[], max_length=100_000)
    names: dict[str, int] = Field(default={})
    parts: list[Thing] = Field(default=[])


class Filter(RequestModel):
    state: Line = ""


api = Api("things", lambda: HttpPorts(MemoryTable(), lambda: NOW, KEYS, KEYS, CHANGE_RATE, TOKENS))


@api.post("/things")
def create_thing(body: Thing) -> None:
    """Create a thing."""


@api.get("/things")
def list_things(query: Filter) -> None:
    """List things."""


def call(method: str, path: str, body: bytes = b"", query: str = "", language: str = "zh") -> tuple[int, dict[str, Any], int]:
    """Return status, document and size of the response."""
    event = {
        "version": "2.0",
        "rawPath": VERSION_PREFIX + path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", "accept-language": language},
        "requestContext": {"stage": "$default", "requestId": "request-1", "http": {"method": method}},
        "body": body.decode(),
    }
    result = api(event, None)
    return result["statusCode"], json.loads(result["body"]), len(result["body"].encode())


def names(count: int, length: int = 1, character: str = "n") -> bytes:
    return json.dumps({f"{index:05}{character * length}": 1 for index in range(count)}).encode()


BODIES = {
    "230 KB of unknown fields": names(16_000),
    "199 unknown fields of 1 KB": names(199, 1000),
    "199 unknown fields of 300 Chinese characters": names(199, 80, "观"),
    "199 unknown fields of 200 control characters": names(199, 200, "\x01"),
    "199 unknown fields of 100 emoji": names(199, 40, "🦢"),
    "200 KB field name": names(1, 200_000),
    "200 KB field name with a broken character": ('{"' + "x" * 200_000 + '": "\\ud800"}').encode(),
    "62,000 elements of the wrong type": json.dumps({"numbers": [""] * 62_000}).encode(),
    "16,000 names of the wrong type": json.dumps({"names": {f"{index:05}": "x" for index in range(16_000)}}).encode(),
    "deep JSON": b'{"parts": [' * 20_000,
    "deep parts": b'{"parts": [' * 15 + b'{"x": 1}' + b"]}" * 15,
    "a text of 200 KB": json.dumps({"text": "x" * 200_000}).encode(),
    "a number of 200,000 digits": b'{"text": ' + b"1" * 200_000 + b"}",
    "a word of 200 KB": b"x" * 200_000,
    "a name of 1,000 slashes": json.dumps({"/~" * 500: 1}).encode(),
}


@pytest.mark.parametrize("flaw", BODIES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_error_body_never_grows_with_the_body_of_the_request(flaw: str, language: str) -> None:
    with cpu_at_most(loops=33):
        status, document, size = call("POST", "/things", BODIES[flaw], language=language)
    assert status in (400, 422)
    assert document["errors"]
    assert size < MAX_BODY_BYTES


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/things", "&".join(f"{index:02}{'q' * 4000}=1" for index in range(50))),
        ("/things", "&".join("state=" + "q" * 4000 for _ in range(50))),
        ("/things", "state=" + "q" * 200_000),
        ("/health/things", "&".join(f"{index:02}{'%01' * 4000}=1" for index in range(50))),
        ("/" + "x" * 200_000, ""),
        ("/things", "\ud800=1&state=\ud800"),
    ],
)
def test_an_error_body_never_grows_with_the_address_of_the_request(path: str, query: str) -> None:
    status, _, size = call("GET", path, query=query)
    assert status in (404, 422)
    assert size < MAX_BODY_BYTES


def test_a_body_has_the_number_of_errors_that_it_leaves_out() -> None:
    _, document, _ = call("POST", "/things", names(100))
    assert (len(document["errors"]), document["more_errors"]) == (MAX_FIELD_PROBLEMS, 100 - MAX_FIELD_PROBLEMS)
    _, document, _ = call("POST", "/things", names(MAX_FIELD_PROBLEMS))
    assert (len(document["errors"]), "more_errors" in document) == (MAX_FIELD_PROBLEMS, False)


def document_of(error: DomainError, language: str = "en") -> tuple[dict[str, str], dict[str, Any]]:
    response = problem(error, language, "correlation", lambda: NOW)
    return response.headers, json.loads(response.body)


def test_a_problem_has_its_texts_in_the_language_of_the_reader() -> None:
    headers, document = document_of(Invalid(fields=(FieldError("/until", "must-be-in-future"),)), "fr, en;q=0.4, zh;q=0.9")
    assert (headers["content-language"], headers["vary"]) == ("zh-CN", "Accept-Language")
    assert document == {
        "type": "urn:coterie:problem:invalid",
        "title": "部分内容不符合要求",
        "next_step": "请修改后重试",
        "status": 422,
        "errors": [{"at": "/until", "code": "must-be-in-future", "message": "结束时间要晚于现在"}],
        "correlation_id": "correlation",
    }


def test_a_body_has_the_time_to_wait_and_the_time_of_the_server() -> None:
    headers, document = document_of(TooManyRequests(retry_after=4))
    assert (headers["retry-after"], document["retry_after"], document["server_time"]) == ("4", 4, "2026-08-03T12:00:00.250Z")
    assert document_of(IdempotencyKeyTimeInvalid())[1]["server_time"] == "2026-08-03T12:00:00.250Z"
    assert not {"retry_after", "server_time"} & document_of(TooManyRequests())[1].keys()


def test_only_the_facts_of_the_catalogue_leave() -> None:
    _, document = document_of(Conflict(secret="inside", status=200, title="x"))
    assert document == {
        "type": "urn:coterie:problem:conflict",
        "title": "The state has changed.",
        "next_step": "Reload it and try again.",
        "status": 409,
        "correlation_id": "correlation",
    }


def test_facts_are_bounded() -> None:
    facts = Conflict(text="x" * 10_000, many=list(range(10_000)), named={str(index): index for index in range(10_000)}).facts
    assert (len(facts["text"]), len(facts["many"]), len(facts["named"])) == (200, 20, 20)


def test_each_state_has_a_chinese_word() -> None:
    from services.commerce.domain import OrderState
    from services.commerce.domain.dispute import DisputeState
    from services.commerce.domain.payout import PayoutState
    from services.commerce.domain.product_return import ReturnState
    from services.review.domain.states import State

    assert {*OrderState, *PayoutState, *ReturnState, *DisputeState, *State} == STATES_ZH.keys()


def test_values_in_a_detail_are_words_of_the_language() -> None:
    from services.commerce.errors import OrderStateConflict

    assert document_of(OrderStateConflict(state="expired"))[1]["detail"] == "The order is expired."
    assert document_of(OrderStateConflict(state="expired"), "zh")[1]["detail"] == "订单已过期"
    assert "detail" not in document_of(OrderStateConflict())[1]
