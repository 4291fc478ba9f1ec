"""What the client raises: a problem that the API returned, or a response that never came."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROBLEM_TYPE = "urn:coterie:problem:"
TEXTS = ("title", "next_step", "detail")
MEMBERS = {"type", "status", "errors", "more_errors", "retry_after", "server_time", "correlation_id", *TEXTS}


class CoterieError(Exception):
    """The base of all exceptions of this client."""


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one part of the request.

    at: a JSON pointer into the body, or the name of a parameter or header.
    """

    at: str
    code: str
    message: str


class ApiError(CoterieError):
    """A problem that the API returned.

    code: stable per problem, such as `circle-read-only`; empty if the gateway responded in place of a service.
    title, next_step, detail: texts in the client's language.
    retry_after: the seconds after which the request can succeed; None if the API does not name them.
    facts: further members of the problem, such as a limit or a new price.
    """

    def __init__(self, status: int, document: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.type = str(document.get("type", ""))
        self.code = self.type.removeprefix(PROBLEM_TYPE)
        self.title = str(document.get("title") or document.get("message") or f"status {status}")
        self.next_step = str(document.get("next_step") or "")
        self.detail = str(document.get("detail") or "")
        self.errors = tuple(
            FieldProblem(str(error["at"]), str(error["code"]), str(error["message"])) for error in document.get("errors") or ()
        )
        self.retry_after = retry_after if retry_after is not None else _seconds(document.get("retry_after"))
        self.server_time = document.get("server_time")
        self.correlation_id = str(document.get("correlation_id") or "")
        self.facts = {name: value for name, value in document.items() if name not in MEMBERS}
        self.document = dict(document)
        super().__init__(self._text())

    @classmethod
    def of_frame(cls, problem: Mapping[str, Any], language: str) -> ApiError:
        """Return the error of a problem frame, which has its texts in both languages."""
        document = dict(problem)
        for name in TEXTS:
            chinese = document.pop(f"{name}_zh", None)
            if chinese and language.lower().startswith("zh"):
                document[name] = chinese
        return cls(int(document.get("status", 500)), document)

    def _text(self) -> str:
        texts = " ".join(text for text in (self.title, self.detail, self.next_step) if text)
        fields = "; ".join(f"{error.at} {error.message}" for error in self.errors)
        name = f"{self.status} {self.code}".strip()
        return f"{name}: {': '.join(part for part in (texts, fields) if part)}"


class ResponseMissing(CoterieError):
    """No response came, after all attempts that are safe.

    is_outcome_unknown: the request may have taken effect.
    """

    def __init__(self, method: str, path: str, cause: Exception, *, is_outcome_unknown: bool) -> None:
        super().__init__(f"{method} {path} got no response: {type(cause).__name__} {cause}".strip())
        self.is_outcome_unknown = is_outcome_unknown


class SignInRequired(CoterieError):
    """The token source cannot get an access token without the user."""


class PictureRejected(CoterieError):
    """An uploaded picture that no note can have. reason: what the service returned for it."""

    def __init__(self, picture_id: str, state: str, reason: Any) -> None:
        super().__init__(f"picture {picture_id} is {state}: {reason}")
        self.picture_id, self.state, self.reason = picture_id, state, reason


class DownloadFailed(CoterieError):
    """The file that a route redirects to could not be loaded."""


class ConnectionLost(CoterieError):
    """The connection ended before the response frame came. The request may have taken effect."""


class RoomClosed(CoterieError):
    """The application closed the room or its connection."""


class SubscriptionEnded(CoterieError):
    """The user cannot receive this room any more, such as after a kick. problem: what the API returned."""

    def __init__(self, problem: Exception) -> None:
        super().__init__(f"the subscription ended: {problem}")
        self.problem = problem


def _seconds(value: Any) -> float | None:
    """Return seconds from a header or a body; None if the value is no positive number. A date is not used by this API."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    return _seconds(headers.get("retry-after"))
