"""Signing out everywhere: it ends the refresh tokens, access tokens and sockets of every sign-in of a user."""

from __future__ import annotations

from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.messaging.events import SignedOut
from services.shared.messaging.outbox import pending_events
from services.shared.security.account_status import put_sign_out
from services.shared.security.auth import Caller


def sign_out_everywhere(ports: Ports, caller: Caller) -> None:
    """End every sign-in of the caller until now, in all services.

    The user pool comes first: after a crash in between, the access token of the request is still valid, and the client
    repeats it. In the other order it would be denied, and the refresh tokens would stay. A token that is refreshed in between
    is of the same sign-in, so the moment ends it too. The moment is never before the caller's own sign-in, for a clock of
    the issuer that is ahead.

    Cost: 1 write unit and 0.5 read units.
    Raises: Unavailable (the user pool does not respond; nothing is stored).
    """
    ports.user_pool.end_refresh_tokens(caller.user_id)
    now = ports.clock()
    signed_out_at = max(millis(now) // 1000, caller.signed_in_at)
    put_sign_out(ports.table, caller.user_id, signed_out_at, pending_events(ports.new_id, now, SignedOut))
