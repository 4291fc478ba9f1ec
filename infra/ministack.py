"""MiniStack with one difference: errors that the HTTP API makes itself carry CORS headers, so that a browser can read them.

MiniStack adds the configured headers to responses of functions and to preflights, but not to its own 401 and 404.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from ministack import app as ministack

from infra.templates import cors

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Any, Send], Coroutine[Any, Any, None]]
_ALLOW_ORIGIN = b"access-control-allow-origin"


def with_cors_on_errors(app: App) -> App:
    """Return an ASGI application that adds the missing CORS headers to the error responses of `app`'s HTTP APIs."""
    configured = cors()
    missing = [
        (_ALLOW_ORIGIN, ",".join(configured["AllowOrigins"]).encode()),
        (b"access-control-expose-headers", ",".join(configured["ExposeHeaders"]).encode()),
    ]

    async def wrapped(scope: Message, receive: Any, send: Send) -> None:
        async def send_with_cors(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                names = {name.lower() for name, _ in message["headers"]}
                if _ALLOW_ORIGIN not in names:
                    message = {**message, "headers": [*message["headers"], *missing]}
            await send(message)

        is_http_api = scope["type"] == "http" and scope["path"].startswith("/_aws/execute-api/")
        await app(scope, receive, send_with_cors if is_http_api else send)

    return wrapped


if __name__ == "__main__":
    ministack.app = with_cors_on_errors(ministack.app)
    ministack.main()
