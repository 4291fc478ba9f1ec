"""What every refusal must look like."""

from __future__ import annotations

from services.shared.http.responses import Problem
from simulation.api.gateway import Answer, Gateway

TOLD = set(Problem.model_fields)
INSIDE = ("coterie-test", "arn:", "dynamodb", "Traceback", "services/", "botocore", "amazonaws", "gsi")


def assert_refused(gateway: Gateway, service: str, answer: Answer, status: int, code: str, at: str | None = None) -> None:
    """A problem document (RFC 9457) of that kind, naming the field if one is at fault, telling nothing of the inside; and
    nothing is written."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer
    body = answer.body
    assert {"type", "title", "status", "correlation_id"} <= body.keys() <= TOLD
    assert body["type"] == f"urn:coterie:problem:{code}"
    assert body["status"] == status
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    if at is not None:
        assert at in [field["at"] for field in body["errors"]], body
    assert not [word for word in INSIDE if word in answer.text]
    assert gateway.cloud.records(service) == []
