"""Routes of blocked users."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import api
from services.shared.kernel.pages import Page
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/blocks")
def list_blocks(caller: Caller) -> Page[schemas.BlockResponse]:
    """List your blocked users, newest last."""
    return usecases.list_blocks(wiring.ports(), caller).map(schemas.BlockResponse.of)


@api.put("/blocks/{user_id}", kind=ActionKind.PARTICIPATE, raises=(errors.BlockLimitReached,))
def block_user(caller: Caller, user_id: str) -> None:
    """Block a user in every circle: their notes are hidden from you, and they cannot react to yours."""
    usecases.block_user(wiring.ports(), caller, user_id)


@api.delete("/blocks/{user_id}", kind=ActionKind.PARTICIPATE)
def unblock_user(caller: Caller, user_id: str) -> None:
    """Unblock a user."""
    usecases.unblock_user(wiring.ports(), caller, user_id)
