"""What is called about blocking."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import api
from services.shared.http.responses import Listed
from services.shared.security.auth import Caller


@api.get("/blocks")
def list_blocks(caller: Caller) -> Listed[schemas.BlockOut]:
    """List whom you have blocked, the newest last; at most a hundred."""
    return Listed(items=[schemas.BlockOut(user_id=one) for one in usecases.list_blocks(wiring.ports(), caller)])


@api.put("/blocks/{user_id}", raises=(errors.TooManyBlocks,))
def block_person(caller: Caller, user_id: str) -> None:
    """See nothing of somebody any more, in any circle, and keep them from your notes and comments."""
    usecases.block_person(wiring.ports(), caller, user_id)


@api.delete("/blocks/{user_id}")
def unblock_person(caller: Caller, user_id: str) -> None:
    """Take a block back."""
    usecases.unblock_person(wiring.ports(), caller, user_id)
