"""Responses are read from any pieces; odd and hostile ones are bounded."""

from __future__ import annotations

import pytest

from services.chat.adapters.responses import MAX_BODY, MAX_HEAD, Response, ResponseInvalid, parse_response

OK = b"HTTP/1.1 200 OK\r\nDate: Mon, 30 Nov 2026 05:00:00 GMT\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}"


def test_h15_a_response_is_complete_with_its_last_byte() -> None:
    assert [parse_response(OK[:end]) for end in range(len(OK))] == [None] * len(OK)
    assert parse_response(OK) == Response(200, is_reusable=True)
    assert parse_response(bytearray(OK)) == Response(200, is_reusable=True)


@pytest.mark.parametrize(
    ("received", "status"),
    [
        (OK + b"HTTP/1.1 410 Gone\r\n\r\n", 200),  # a response that no request asked for
        (OK.replace(b"keep-alive", b"close"), 200),
        (OK.replace(b"HTTP/1.1", b"HTTP/1.0"), 200),
        (b"HTTP/1.1 410 Gone\r\n\r\n", 410),  # the end of the body is the end of the connection
        (b"HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", 500),
        (b"HTTP/1.1 429\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 429),
    ],
)
def test_h15_a_connection_with_an_unclear_end_of_a_response_is_not_used_again(received: bytes, status: int) -> None:
    assert parse_response(received) == Response(status, is_reusable=False)


@pytest.mark.parametrize(
    "received",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 600 High\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nname : value\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * MAX_HEAD,
    ],
)
def test_h15_what_is_no_response_or_too_long_is_denied(received: bytes) -> None:
    with pytest.raises(ResponseInvalid):
        parse_response(received)
