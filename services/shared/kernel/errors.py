"""The base classes of errors that a caller sees, and the errors that every service raises.

Each class has the HTTP status of its kind, a stable `code` (its name in kebab case), and a title in English and Chinese. The
class of a whole HTTP status has its name; every other class is named by a noun and its condition. A service subclasses them in
its `errors.py`: `class PasscodeLocked(TooManyRequests)`. `services.shared.http.problems` turns an error into a response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one part of the request.

    at: a JSON pointer into the body, or the name of a parameter or header.
    """

    at: str
    message: str
    message_zh: str


class ValueInvalid(ValueError):
    """Raised by a validator of a request model, with a message in both languages."""

    def __init__(self, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.message_zh = message_zh


class DomainError(Exception):
    """The base class of every error that a caller sees.

    title: what happened and the next step; constant per code. detail: the values of this occurrence.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    title_zh: ClassVar[str]

    def __init__(
        self,
        detail: str = "",
        *,
        fields: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Create the error of one occurrence.

        retry_after: seconds until the request can succeed.
        extra: members of the problem document beyond the standard ones, such as a new quote.
        """
        super().__init__(detail or self.title)
        self.extra = dict(extra or {})
        self.detail = detail
        self.fields = fields
        self.retry_after = retry_after


class BadRequest(DomainError):
    status, code = 400, "bad-request"
    title, title_zh = "The request could not be read. Correct its format.", "请求格式有误，请检查后重试"


class Unauthorized(DomainError):
    status, code = 401, "unauthorized"
    title, title_zh = "The request has no valid access token. Sign in again.", "登录已失效，请重新登录"


class Forbidden(DomainError):
    status, code = 403, "forbidden"
    title, title_zh = "You do not have permission to do this.", "你没有这项权限"


class CallerMuted(Forbidden):
    """The caller is muted in this circle or on the platform: one error for both."""

    code = "caller-muted"
    title, title_zh = "You are muted. You can read but not post.", "你已被禁言，暂时只能浏览"


class CallerRestricted(Forbidden):
    code = "caller-restricted"
    title, title_zh = "Your account is restricted. You cannot sell.", "你的账号受到限制，暂时不能出售商品"


class NotFound(DomainError):
    """The resource does not exist, or the caller is not allowed to see it.

    Both have the same response, which does not reveal whether the resource exists.
    """

    status, code = 404, "not-found"
    title, title_zh = "This does not exist, or you are not allowed to see it.", "内容不存在或无权查看"


class MethodNotAllowed(DomainError):
    status, code = 405, "method-not-allowed"
    title, title_zh = "This address does not support the method of the request.", "这个地址不支持当前请求方法"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"Allowed: {allowed}")
        self.allowed = allowed


class Conflict(DomainError):
    status, code = 409, "conflict"
    title, title_zh = "The state has changed. Reload it and try again.", "内容已更新，请刷新后重试"


class BodyTooLarge(DomainError):
    status, code = 413, "body-too-large"
    title, title_zh = "The request body is larger than 256 KB. Send less.", "内容超过 256 KB，请精简后重试"


class UnsupportedMediaType(DomainError):
    status, code = 415, "unsupported-media-type"
    title, title_zh = (
        "The request body has the wrong type. Send application/json in UTF-8.",
        "内容类型有误，请发送 UTF-8 编码的 JSON",
    )


class Invalid(DomainError):
    status, code = 422, "invalid"
    title, title_zh = "Some fields are invalid. Correct them and try again.", "部分内容不符合要求，请修改后重试"


class KeyReused(Invalid):
    code = "key-reused"
    title, title_zh = "This Idempotency-Key was used with another body. Use a new key.", "请求已提交过，请刷新后重试"


class TooManyRequests(DomainError):
    status, code = 429, "too-many-requests"
    title, title_zh = "You have sent too many requests. Try again later.", "操作太频繁，请稍后再试"


class InternalError(DomainError):
    """A defect of the service. The response reveals nothing about it; the log has its type and position."""

    status, code = 500, "internal-error"
    title, title_zh = "An internal error occurred. Try again later.", "服务出错了，请稍后重试"


class Unavailable(DomainError):
    status, code = 503, "unavailable"
    title, title_zh = "The service is busy. Try again in a moment.", "系统繁忙，请稍后重试"
