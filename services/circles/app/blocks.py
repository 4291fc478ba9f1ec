"""What is called about blocking."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import api
from services.shared.http.responses import PageResponse
from services.shared.security.auth import Caller


@api.get("/blocks")
def list_blocks(caller: Caller) -> PageResponse[schemas.BlockResponse]:
    """List whom you have blocked, the newest last; at most a hundred."""
    return PageResponse(items=[schemas.BlockResponse(user_id=one) for one in usecases.list_blocks(wiring.ports(), caller)])


@api.put("/blocks/{user_id}", raises=(errors.TooManyBlocks,))
def block_user(caller: Caller, user_id: str) -> None:
    """See nothing of somebody any more, in any circle, and keep them from your notes and comments."""
    usecases.block_user(wiring.ports(), caller, user_id)


@api.delete("/blocks/{user_id}")
def unblock_user(caller: Caller, user_id: str) -> None:
    """Take a block back."""
    usecases.unblock_user(wiring.ports(), caller, user_id)
