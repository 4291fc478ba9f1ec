"""Frames of a WebSocket: parses a request frame, calls its handler, and builds the response frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from services.shared.http.bodies import parse_body, parse_json
from services.shared.http.problems import problem_document, to_domain_error
from services.shared.kernel.clock import Clock
from services.shared.kernel.errors import BadRequest, DomainError, FieldError, Invalid
from services.shared.kernel.observability import correlation_id, logger
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

JSON = "application/json"
MAX_REF_LENGTH = 64
UNKNOWN_ACTION = "?"
FrameHandlers = Mapping[str, tuple[type[BaseModel], Callable[..., dict[str, Any]], ActionKind]]


def handle_frame(raw: str, handlers: FrameHandlers, clock: Clock, *, caller: Caller, **context: Any) -> dict[str, Any]:
    """Return the response frame for one request frame `{"action": ..., "ref": ..., ...}`.

    `ref` is returned unchanged, so that a client can match responses with requests. An error becomes a problem frame.
    Before the handler is called, the caller's sanction must permit the kind of the action.
    """
    action, ref = UNKNOWN_ACTION, None
    try:
        action, ref = _parse_head(raw)
        if action not in handlers:
            raise _unknown_action(handlers)
        model, handle, kind = handlers[action]
        caller.require_permitted(kind)
        response = {"ref": ref, **handle(parse_body(model, raw.encode(), JSON), caller=caller, **context)}
    except Exception as error:  # noqa: BLE001 (no exception may end the connection: each becomes a frame)
        response = problem_frame(to_domain_error(error), ref, clock)
    # An unknown action is not logged: it is text of the caller.
    logger().info("handled frame", action=action if action in handlers else UNKNOWN_ACTION, type=response["type"])
    return response


def problem_frame(error: DomainError, ref: str | None, clock: Clock) -> dict[str, Any]:
    """Return the frame for an error, with its texts in both languages: a frame has no Accept-Language."""
    english, chinese = (
        problem_document(error, language, correlation_id(), clock).model_dump(exclude_none=True) for language in ("en", "zh")
    )
    texts = {f"{name}_zh": chinese[name] for name in ("title", "next_step", "detail") if name in chinese}
    for field, translated in zip(english.get("errors", ()), chinese.get("errors", ()), strict=True):
        field["message_zh"] = translated["message"]
    return {"type": "problem", "ref": ref, "problem": {**english, **texts}}


def _parse_head(raw: str) -> tuple[str, str | None]:
    frame = parse_json(raw.encode(errors="surrogatepass"))
    if not isinstance(frame, dict) or not isinstance(frame.get("action"), str):
        raise BadRequest(fields=(FieldError("/action", "required"),))
    ref = frame.get("ref")
    return frame["action"], ref if isinstance(ref, str) and len(ref) <= MAX_REF_LENGTH else None


def _unknown_action(handlers: FrameHandlers) -> Invalid:
    return Invalid(fields=(FieldError("/action", "must-be-one-of", {"expected": ", ".join(handlers)}),))
