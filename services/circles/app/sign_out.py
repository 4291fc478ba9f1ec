"""The route that ends every sign-in of the caller."""

from __future__ import annotations

from services.circles import usecases, wiring
from services.circles.app.api import api
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post("/me/sign-out", kind=ActionKind.OWN_DATA, status=204)
def sign_out_everywhere(caller: Caller) -> None:
    """Sign out on all devices: access tokens, refresh tokens and sockets of every sign-in until now end within seconds.

    The token of this request ends too. Sign in again to continue.
    """
    usecases.sign_out_everywhere(wiring.ports(), caller)
