"""One-time tickets that open a WebSocket connection."""

from __future__ import annotations

from datetime import datetime

from services.chat.domain import Socket
from services.chat.errors import TicketInvalid
from services.chat.settings import settings
from services.shared.kernel.clock import millis
from services.shared.security.auth import Caller
from services.shared.table.items import ABSENT, Attr, Key
from services.shared.table.port import ConditionFailed, Table


def ticket_key(ticket_hash: str) -> Key:
    return Key(f"TICKET#{ticket_hash}", "TICKET")


def put_ticket(table: Table, ticket_hash: str, caller: Caller, at: datetime, *, is_frequent: bool) -> None:
    """Store a ticket, by its hash, with the lifetime of the access token it was issued for (seconds since 1970).

    is_frequent: that its connection counts for the network it comes from.
    """
    valid_until = at + settings().ticket_lifetime
    item = {
        **ticket_key(ticket_hash).attributes(),
        "user_id": caller.user_id,
        "signed_in_at": caller.signed_in_at,
        "token_expires_at": caller.expires_at,
        "valid_until": millis(valid_until),
        "expires_at": millis(valid_until) // 1000,  # DynamoDB deletes it some time after; what counts is `valid_until`
    }
    table.put({**item, **({"is_frequent": True} if is_frequent else {})}, when=ABSENT)


def redeem_ticket(table: Table, ticket_hash: str, connection_id: str, at: datetime) -> tuple[Socket, bool]:
    """Return the socket that the ticket opens, and whether its user asked for many. A ticket can be redeemed once.

    Raises: TicketInvalid (unknown, expired or redeemed before).
    """
    valid = Attr("valid_until").gt(millis(at)) & Attr("redeemed_at").not_exists()
    try:
        item = table.update(ticket_key(ticket_hash), set={"redeemed_at": millis(at)}, when=valid)
    except ConditionFailed:
        raise TicketInvalid from None
    socket = Socket(connection_id, item["user_id"], item["signed_in_at"], item["token_expires_at"])
    return socket, item.get("is_frequent", False)
