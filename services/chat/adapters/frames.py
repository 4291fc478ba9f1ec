"""The WebSocket edge: a frame in, a use case, a frame back. Refusals speak as they do over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from services.shared.http.api import to_domain_error
from services.shared.http.bodies import parse_body, parse_json
from services.shared.http.responses import PROBLEM_TYPE
from services.shared.kernel.errors import (
    BadRequest,
    DomainError,
    FieldError,
    Invalid,
)
from services.shared.kernel.observability import logger

JSON = "application/json"
Frames = Mapping[str, tuple[type[BaseModel], Callable[..., dict[str, Any]]]]


def handle_frame(raw: str, frames: Frames, **context: Any) -> dict[str, Any]:
    """The answer to one frame `{"action": ..., "ref": ..., ...}`; `ref` comes back so that a client can tell answers apart."""
    action, ref = "?", None
    try:
        action, ref = _head(raw)
        if action not in frames:
            raise Invalid(fields=(FieldError("/action", f"must be one of {', '.join(frames)}"),))
        model, handle = frames[action]
        answer = {"ref": ref, **handle(parse_body(model, raw.encode(), JSON), **context)}
    except Exception as error:  # noqa: BLE001 (the one place where anything becomes a frame)
        answer = problem_frame(to_domain_error(error), ref)
    logger().info("answered frame", action=action if action in frames else "?", type=answer["type"])
    return answer


def problem_frame(error: DomainError, ref: str | None) -> dict[str, Any]:
    problem: dict[str, Any] = {
        "type": PROBLEM_TYPE + error.code,
        "status": error.status,
        "title": error.title,
        "title_zh": error.title_zh,
    }
    if error.detail:
        problem["detail"] = error.detail
    if error.fields:
        problem["errors"] = [asdict(field) for field in error.fields]
    if error.retry_after is not None:
        problem["retry_after"] = error.retry_after
    return {"type": "problem", "ref": ref, "problem": problem}


def _head(raw: str) -> tuple[str, str | None]:
    frame = parse_json(raw.encode(errors="surrogatepass"))
    if not isinstance(frame, dict) or not isinstance(frame.get("action"), str):
        raise BadRequest('A frame is an object with an "action".')
    ref = frame.get("ref")
    return frame["action"], ref if isinstance(ref, str) and len(ref) <= 64 else None
