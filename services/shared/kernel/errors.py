"""The base classes of errors that a caller sees, and the errors that every service raises.

An error has a code and the facts of its occurrence. Its HTTP status is in `services.shared.http.statuses`, and its texts are in
`services.shared.http.catalogue`. A service subclasses these classes in its `errors.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

MAX_TEXT_LENGTH = 200  # of a text in facts: an error never grows with the request that it quotes
MAX_PARTS = 20  # of a list or an object in facts


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one part of the request.

    at: a JSON pointer into the body, or the name of a parameter or header.
    code: what is wrong, such as `must-be-in-future`. facts: the values of this occurrence.
    """

    at: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class ValueInvalid(ValueError):
    """Raised by a validator of a request model, with the code and the facts of a `FieldError`."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class DomainError(Exception):
    """The base class of every error that a caller sees.

    code: the name of the class in kebab case. facts: JSON values of this occurrence, such as the state or a limit.
    """

    code: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    def __init__(
        self, *, fields: tuple[FieldError, ...] = (), more_fields: int = 0, retry_after: int | None = None, **facts: Any
    ) -> None:
        """Create the error of one occurrence.

        more_fields: how many field errors `fields` leaves out. retry_after: seconds until the request can succeed.
        """
        super().__init__(self.code)
        self.facts: dict[str, Any] = {name: bounded(value) for name, value in facts.items()}
        self.fields = fields
        self.more_fields = more_fields
        self.retry_after = retry_after


def bounded(value: Any) -> Any:
    """Return a JSON value with its texts cut to 200 characters, and its lists and objects to 20 parts."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT_LENGTH else value[: MAX_TEXT_LENGTH - 1] + "…"
    if isinstance(value, dict):
        return {bounded(name): bounded(part) for name, part in list(value.items())[:MAX_PARTS]}
    if isinstance(value, list | tuple):
        return [bounded(part) for part in value[:MAX_PARTS]]
    return value


class BadRequest(DomainError):
    """The request could not be read. `fields` contains the reason."""


class Unauthorized(DomainError):
    pass


class AccessRevoked(Unauthorized):
    """The sign-in behind this token is of before a suspension that has ended: the user signs in again."""


class SignInEnded(Unauthorized):
    """The user signed out everywhere after the sign-in behind this token."""


class Forbidden(DomainError):
    pass


class CallerMuted(Forbidden):
    """The caller is muted in this circle or on the platform: one error for both."""


class CallerRestricted(Forbidden):
    pass


class CallerMinor(Forbidden):
    """The caller is under 18, by the verifier of real names."""


class AccountSuspended(Forbidden):
    """The caller is suspended or banned, and can read why, appeal and export.

    A new sign-in changes nothing, so this is no error of the token: an app that signs its user in again would loop.
    facts: `level`, `violation`, `until` (null if it has no end), and `appeal`, the path where the user reads and appeals this.
    """


class NewcomerLimitExceeded(Forbidden):
    """A newcomer's text has a link, or too many mentions or pictures. Reading for some days lifts the limit."""


class OperatorRequired(Forbidden):
    pass


class StaffSignInRequired(Forbidden):
    """The token has a platform role that does not count: not of the staff's client, or without a second factor."""


class ReviewerNotEnrolled(Forbidden):
    """The caller has no group of staff, or has the group of reviewers and no operator has enrolled them."""


class ConflictOfInterest(Forbidden):
    """The caller is the person concerned, under any user, or shares a circle, an invitation or a trade with that person.

    Also raised if the caller acted on this before, as another reviewer who is enrolled under another identity.
    The response does not say which of them: it would reveal trades between users.
    """


class NotFound(DomainError):
    """The resource does not exist, or the caller is not allowed to see it.

    Both have the same response, which does not reveal whether the resource exists: all subclasses have one code.
    """

    def __init_subclass__(cls) -> None:
        cls.code = NotFound.code


class MethodNotAllowed(DomainError):
    pass


class Conflict(DomainError):
    pass


class GuardrailReached(Conflict):
    """A guardrail of the owner's commerce denies a commercial post of the owner's group.

    facts: `rule`, its `limit`, how many ordinary posts or cards of other sellers are `missing`, and `frees_at`: when the
    post is permitted without any; null if time alone does not permit it.
    """


class SellingNotOpen(Conflict):
    """Nothing is sold in the circle for now. facts: `rule`, which is `new_circle` or `paused`, and `frees_at`, its end."""


class PreconditionFailed(DomainError):
    """The state changed since the caller read it: the If-Match header is not the current ETag."""


class BodyTooLarge(DomainError):
    pass


class UnsupportedMediaType(DomainError):
    pass


class Invalid(DomainError):
    pass


class KeyReused(Invalid):
    """The Idempotency-Key was used with another body."""


class IdempotencyKeyTimeInvalid(Invalid):
    """The Idempotency-Key was not created within its lifetime.

    The response has the server's time, so that a client with a wrong clock can correct it.
    """


class PreconditionRequired(DomainError):
    """The request changes existing state without the If-Match header."""


class TooManyRequests(DomainError):
    pass


class RateLimitReached(TooManyRequests):
    """The user did this too often. facts: `limit` times at once, then once per `interval_seconds`."""


class ReadGrantInvalid(Forbidden):
    """The read has no valid grant: none, another user's, of another subject, an expired or a used one. One error for all."""


class ReadLimitReached(TooManyRequests):
    """A reviewer, operator or seller has read about as many users as one can within an hour."""


class InternalError(DomainError):
    """A defect of the service. The response reveals nothing about it; the log has its type and position."""


class Unavailable(DomainError):
    pass


class PictureNotFound(NotFound):
    pass


class PicturesNotReady(Conflict):
    """The picture worker has not checked an upload yet. It usually does within a second."""


class PicturesInvalid(Invalid):
    pass
