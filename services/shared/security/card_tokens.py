"""Card tokens: where a reader saw a product card, signed by the service that showed it, for commerce.

Circles and chat sign a token at each render, without a read or a write. The app gives it to commerce when the reader opens the
card. Commerce has the key too, so no service calls another. The key signs nothing but these tokens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ulid import ULID

from services.shared.kernel.clock import from_millis, millis
from services.shared.security.keys import KeyRing

KEY_RING = "attribution"  # of commerce
# Sizes in bytes. The head has what all tokens of a reader and a listing have in common, so that it is stored once. Each part is
# a multiple of 3 bytes for the users of the user pool, and 4 characters of the text for every 3 bytes.
_ID, _READER, _MAC = 16, 10, 14
_HEAD = 2 * _ID + _READER
HEAD_LENGTH = _HEAD // 3 * 4
MAX_TOKEN_LENGTH = 300  # with the longest id of a user; 132 with one of the user pool
_SEQ, _TIME = 4, 6


class SourceKind(StrEnum):
    """What shows a card to readers."""

    NOTE = "note"
    MESSAGE = "message"


_KINDS = {SourceKind.NOTE: 0, SourceKind.MESSAGE: 2}
_OTHER_USER = 1  # added to the kind, if the author's id is no UUID
_PREFIXES = {SourceKind.NOTE: "note", SourceKind.MESSAGE: "rom"}


@dataclass(frozen=True, slots=True)
class CardSource:
    """A note, or a message by its room and number, and who wrote it."""

    kind: SourceKind
    id: str
    seq: int
    author_id: str


@dataclass(frozen=True, slots=True)
class CardToken:
    """That a reader was shown the card of a listing.

    reader: what names the reader. signature: of a token that was signed.
    """

    circle_id: str
    listing_id: str
    reader: bytes
    source: CardSource
    issued_at: datetime
    signature: bytes = b""

    def sign(self, keys: KeyRing) -> CardToken:
        return replace(self, signature=_mac(keys.newest, self._payload))

    def is_of(self, reader_id: str) -> bool:
        return self.reader == reader_of(reader_id)

    @property
    def text(self) -> str:
        return self.head + self.tail

    @property
    def head(self) -> str:
        """What it has in common with the other tokens of this reader and listing."""
        return _encode(self._head)

    @property
    def tail(self) -> str:
        return _encode(self._tail + self.signature)

    @property
    def _payload(self) -> bytes:
        return self._head + self._tail

    @property
    def _head(self) -> bytes:
        return _ulid(self.circle_id) + _ulid(self.listing_id) + self.reader

    @property
    def _tail(self) -> bytes:
        source = self.source
        author, is_other = _author_to_bytes(source.author_id)
        kind = (_KINDS[source.kind] + is_other).to_bytes(1)
        return kind + _ulid(source.id) + source.seq.to_bytes(_SEQ) + millis(self.issued_at).to_bytes(_TIME) + author


def reader_of(user_id: str) -> bytes:
    """Return what names a reader in a token. It has no key: the signature covers it."""
    return hashlib.sha256(b"reader " + user_id.encode()).digest()[:_READER]


def head_of(circle_id: str, listing_id: str, reader_id: str) -> str:
    """Return what all tokens of a reader and a listing have in common."""
    return _encode(_ulid(circle_id) + _ulid(listing_id) + reader_of(reader_id))


def verify_token(keys: KeyRing, text: str) -> CardToken | None:
    """Return the token of a text; None if none of the keys signed it."""
    try:
        head, tail = _decode(text[:HEAD_LENGTH]), _decode(text[HEAD_LENGTH:])
    except ValueError:
        return None
    payload, signature = head + tail[:-_MAC], tail[-_MAC:]
    is_signed = any(hmac.compare_digest(_mac(key, payload), signature) for key in keys.newest_first())
    return _token_of(head, tail) if is_signed else None


def parse_token(head: str, tail: str) -> CardToken:
    """Return the token of two texts that were stored of a verified one."""
    return _token_of(_decode(head), _decode(tail))


def _token_of(head: bytes, tail: bytes) -> CardToken:
    kind, is_other = tail[0] & ~_OTHER_USER, bool(tail[0] & _OTHER_USER)
    source_kind = SourceKind.MESSAGE if kind == _KINDS[SourceKind.MESSAGE] else SourceKind.NOTE
    id_end, seq_end, time_end = 1 + _ID, 1 + _ID + _SEQ, 1 + _ID + _SEQ + _TIME
    source = CardSource(
        source_kind,
        _id(_PREFIXES[source_kind], tail[1:id_end]),
        int.from_bytes(tail[id_end:seq_end]),
        _author_from_bytes(tail[time_end:-_MAC], is_other=is_other),
    )
    circle_id, listing_id = _id("cir", head[:_ID]), _id("lst", head[_ID : 2 * _ID])
    issued_at = from_millis(int.from_bytes(tail[seq_end:time_end]))
    return CardToken(circle_id, listing_id, head[2 * _ID :], source, issued_at, tail[-_MAC:])


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.new(key, b"card token " + payload, hashlib.sha256).digest()[:_MAC]


def _author_to_bytes(user_id: str) -> tuple[bytes, bool]:
    """Return a user's id, and whether it is no UUID in its usual form, which has 16 bytes."""
    try:
        parsed = uuid.UUID(user_id)
    except ValueError:
        return user_id.encode(), True
    return (parsed.bytes, False) if str(parsed) == user_id else (user_id.encode(), True)


def _author_from_bytes(author: bytes, *, is_other: bool) -> str:
    return author.decode() if is_other else str(uuid.UUID(bytes=author))


def _ulid(id: str) -> bytes:
    return ULID.from_str(id.partition("_")[2]).bytes


def _id(prefix: str, ulid: bytes) -> str:
    return f"{prefix}_{ULID.from_bytes(ulid)}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
