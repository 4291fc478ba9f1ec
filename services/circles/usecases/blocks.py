"""Blocking another user.

A block hides the blocked user's notes, comments and listings from the user who blocked them, and rejects likes and replies to
them. Chat and commerce get each change of a block list.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.circles.domain.blocks import Blocks
from services.circles.errors import BlockedByAuthor
from services.circles.repository import blocks as repository
from services.circles.usecases.ports import Ports
from services.circles.usecases.slots import change_slot
from services.shared.kernel.pages import Page
from services.shared.messaging.events import BlocksChanged
from services.shared.security.auth import Caller
from services.shared.table.versioned import update


def block_user(ports: Ports, caller: Caller, user_id: str) -> None:
    """Block a user in every circle. The blocked user is not notified.

    Unchanged if the user is already blocked.
    Cost: 2 write units and 2 read units.
    Raises: BlockLimitReached, Invalid (the caller's own id), RateLimitReached.
    """
    _change(ports, caller, lambda blocks: blocks.add(user_id, at=ports.clock()))


def unblock_user(ports: Ports, caller: Caller, user_id: str) -> None:
    """Remove a block. Unchanged if the user is not blocked. Raises: RateLimitReached."""
    _change(ports, caller, lambda blocks: blocks.remove(user_id, at=ports.clock()))


def list_blocks(ports: Ports, caller: Caller) -> Page[str]:
    """Return the ids of the caller's blocked users, newest last.

    Cost: 1 read unit.
    """
    blocks = repository.find_blocks(ports.table, caller.user_id)
    return Page([*blocks.blocked] if blocks else [])


def require_not_blocked(ports: Ports, caller: Caller, *user_ids: str) -> None:
    """Require that none of these authors has blocked the caller. Cost: half a read unit per author.

    Raises: BlockedByAuthor.
    """
    for user_id in {*user_ids} - {caller.user_id}:
        blocks = repository.find_blocks(ports.table, user_id)
        if blocks and caller.user_id in blocks.blocked:
            raise BlockedByAuthor


def _change(ports: Ports, caller: Caller, change: Callable[[Blocks], Blocks]) -> None:
    load = partial(repository.load_blocks, ports.table, caller.user_id)
    update(ports, load, change, BlocksChanged, slot=change_slot(ports, caller))
