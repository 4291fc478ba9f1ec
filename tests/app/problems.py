"""The check of an error response."""

from __future__ import annotations

from services.shared.http.catalogue import ERRORS
from services.shared.http.problems import Problem
from simulation.api.gateway import Gateway, Response

PROBLEM_FIELDS = set(Problem.model_fields)
INTERNALS = ("coterie-test", "arn:", "dynamodb", "Traceback", "services/", "botocore", "amazonaws", "gsi")


def assert_problem(gateway: Gateway, service: str, response: Response, status: int, code: str, at: str | None = None) -> None:
    """Assert that a response is a problem document (RFC 9457) with this code.

    It must reveal nothing internal, and nothing must be written.
    at: the position of an invalid field, which must be in `errors`.
    """
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json"), response
    body = response.body
    assert {"type", "title", "status", "correlation_id"} <= body.keys() <= PROBLEM_FIELDS | set(ERRORS[code].facts)
    assert body["type"] == f"urn:coterie:problem:{code}"
    assert body.get("next_step", "") == ERRORS[code].en.next_step
    assert (response.headers["content-language"], response.headers["vary"]) == ("en", "Accept-Language")
    assert (str(body.get("retry_after", "")), "retry_after" in body) == (
        response.headers.get("retry-after", ""),
        "server_time" in body and code != "idempotency-key-time-invalid",
    )
    assert body["status"] == status
    assert body["correlation_id"] == response.headers["x-correlation-id"]
    if at is not None:
        assert at in [field["at"] for field in body["errors"]], body
    assert not [text for text in INTERNALS if text in response.text]
    assert gateway.cloud.records(service) == []
