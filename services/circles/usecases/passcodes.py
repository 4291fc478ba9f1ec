"""Issuing, listing and revoking passcodes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from ulid import ULID

from services.circles.domain import Action, Passcode, spell_passcode
from services.circles.repository import circles
from services.circles.repository import passcodes as repository
from services.circles.usecases.ports import Ports
from services.shared.auth import Caller
from services.shared.ids import IdempotencyKey
from services.shared.stored import create_once
from services.shared.table import Item


def passcode_id(key: bytes, symbols: str) -> str:
    """A code's keyed hash, 128 bits, as its id: the table holds no code, and no code can be told from its id."""
    digest = hmac.new(key, f"passcode {symbols}".encode(), hashlib.sha256).digest()
    return f"cod_{ULID.from_bytes(digest[:16])}"


def code_of(secret: bytes, key: IdempotencyKey) -> str:
    """The code of a wish, as it is shown: a keyed pseudo-random function of it, 60 bits."""
    return spell_passcode(hmac.new(secret, f"entropy {key.id('cod')}".encode(), hashlib.sha256).digest())


def issue_passcode(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, life: timedelta, max_uses: int
) -> tuple[str, Passcode]:
    """A new code and what is kept of it. A retry is shown the same one, although it is stored
    nowhere. A code is never issued again: its row stays."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.ISSUE_PASSCODE)
    circles.find_circle(ports.table, circle_id).entity.require_writable(ports.clock())
    secret = ports.passcode_keys.newest
    text = code_of(secret, key)
    at = ports.clock()
    code_id = passcode_id(secret, text.replace("-", ""))
    passcode = Passcode(code_id, circle_id, caller.user_id, at, at + life, max_uses)
    return text, repository.passcode_from(create_once(ports.table, repository.passcode_to(passcode), key))


def list_passcodes(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Passcode], Item | None]:
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.LIST_PASSCODES)
    page = repository.list_passcodes(ports.table, circle_id, limit, start)
    ids = [row["pk"].removeprefix("PASSCODE#") for row in page.items]
    return [repository.find_passcode_of(ports.table, circle_id, code_id) for code_id in ids], page.next


def revoke_passcode(ports: Ports, caller: Caller, circle_id: str, code_id: str) -> None:
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.REVOKE_PASSCODE)
    repository.revoke(ports.table, repository.find_passcode_of(ports.table, circle_id, code_id))
