"""The kinds of refusal, and nothing about HTTP but the table that turns a kind into a status.

A service names its own: `class PasscodeLocked(TooMany)`, with a stable `code` and a title in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with the input: where (a JSON pointer, a parameter's or a header's name) and what."""

    at: str
    message: str


class DomainError(Exception):
    """Something a caller may not have or do; the answer is a problem document (RFC 9457)."""

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
        """`extra` are members of the problem document beyond the standard ones, such as a new quote."""
        super().__init__(detail or self.title)
        self.extra = dict(extra or {})
        self.detail = detail
        self.fields = fields
        self.retry_after = retry_after


class BadRequest(DomainError):
    status, code = 400, "bad-request"
    title, title_zh = "The request cannot be read", "请求无法识别"


class Unauthorized(DomainError):
    status, code = 401, "unauthorized"
    title, title_zh = "Sign in with an access token", "请先登录"


class Forbidden(DomainError):
    status, code = 403, "forbidden"
    title, title_zh = "You may not do this", "你没有权限这样做"


class Muted(Forbidden):
    code = "muted"
    title, title_zh = "You may read, but not write, for now", "你暂时被禁言，只能浏览"


class Restricted(Forbidden):
    code = "restricted"
    title, title_zh = "You may not sell for now", "你暂时不能进行交易"


class NotFound(DomainError):
    """Also the answer about what the caller may not see: the two must not be told apart."""

    status, code = 404, "not-found"
    title, title_zh = "There is nothing here that you can see", "这里没有你能看到的内容"


class MethodNotAllowed(DomainError):
    status, code = 405, "method-not-allowed"
    title, title_zh = "This address does not take that method", "该地址不支持此方法"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"Allowed: {allowed}")
        self.allowed = allowed


class Conflict(DomainError):
    status, code = 409, "conflict"
    title, title_zh = "The state has changed; read it again", "状态已变化，请刷新后重试"


class TooLarge(DomainError):
    status, code = 413, "too-large"
    title, title_zh = "The body is over 256 KB", "请求内容超过 256 KB"


class UnsupportedMediaType(DomainError):
    status, code = 415, "unsupported-media-type"
    title, title_zh = "Send application/json in UTF-8", "请使用 UTF-8 编码的 JSON"


class Invalid(DomainError):
    status, code = 422, "invalid"
    title, title_zh = "Some fields are not right", "部分内容不符合要求"


class KeyReused(Invalid):
    code = "idempotency-key-reused"
    title, title_zh = "This Idempotency-Key was used with another body", "该幂等键已用于其他内容"


class TooManyRequests(DomainError):
    status, code = 429, "too-many"
    title, title_zh = "Too many at once; try again later", "操作太频繁，请稍后再试"


class InternalError(DomainError):
    """A defect of ours: what is told says nothing of the inside."""

    status, code = 500, "internal"
    title, title_zh = "Something broke on our side", "服务出现问题"


class Unavailable(DomainError):
    status, code = 503, "unavailable"
    title, title_zh = "Busy just now; try again", "系统繁忙，请稍后重试"
