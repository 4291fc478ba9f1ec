"""HTTP/1.1 responses, read from the bytes that a connection has received so far. Only the status counts, never the body."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_HEAD = 16 * 1024
MAX_BODY = 64 * 1024  # an error's body is some 50 bytes
END_OF_HEAD = b"\r\n\r\n"
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?$")
_CONTENT_LENGTH = re.compile(rb"\d{1,7}")


class ResponseInvalid(Exception):
    """What was received is no HTTP response, or a larger one than any that the WebSocket API sends."""


@dataclass(frozen=True, slots=True)
class Response:
    """status: of the response. is_reusable: whether the connection can carry another request."""

    status: int
    is_reusable: bool


def parse_response(received: bytes | bytearray) -> Response | None:
    """Return the response at the beginning of what was received, or None if it is not complete.

    A response without a plain length of its body is complete with its head, and its connection is not used again: the end of
    the body need not be found. So is one with anything after its body.
    Raises: ResponseInvalid.
    """
    end = received.find(END_OF_HEAD)
    if end < 0:
        if len(received) > MAX_HEAD:
            raise ResponseInvalid("a head without an end")
        return None
    status_line, *lines = bytes(received[:end]).split(b"\r\n")
    matched = _STATUS_LINE.match(status_line)
    if matched is None:
        raise ResponseInvalid("no status line")
    status = int(matched[2])
    if status < 200:  # an interim response: none was asked for
        raise ResponseInvalid("an interim response")
    headers = dict(_header(line) for line in lines)
    if len(headers) != len(lines) and sum(_header(line)[0] == b"content-length" for line in lines) > 1:
        raise ResponseInvalid("two lengths")
    length = _body_length(headers)
    if length is None:
        return Response(status, is_reusable=False)
    rest = len(received) - end - len(END_OF_HEAD) - length
    if rest < 0:
        return None
    keeps = matched[1] == b"1" and headers.get(b"connection", b"").lower() != b"close"
    return Response(status, is_reusable=keeps and not rest)


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name or name != name.strip():
        raise ResponseInvalid("a header without a name")
    return name.lower(), value.strip()


def _body_length(headers: dict[bytes, bytes]) -> int | None:
    """Return the length of the body; None if it is not stated plainly. Raises: ResponseInvalid (too long)."""
    value = headers.get(b"content-length")
    if value is None or b"transfer-encoding" in headers:
        return None
    if not _CONTENT_LENGTH.fullmatch(value) or int(value) > MAX_BODY:
        raise ResponseInvalid("the length of the body")
    return int(value)
