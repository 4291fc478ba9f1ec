"""Blocking: whoever is blocked is not shown to who blocked them, and does not get through to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.circles.domain.blocks import Blocks
from services.circles.errors import Blocked
from services.circles.repository import blocks as repository
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.versioned import update_entity


def block_user(ports: Ports, caller: Caller, user_id: str) -> None:
    """Hear nothing from somebody any more, wherever they are met. They are not told. Twice is once."""
    _change(ports, caller, lambda blocks: blocks.add(user_id, at=ports.clock()))


def unblock_user(ports: Ports, caller: Caller, user_id: str) -> None:
    _change(ports, caller, lambda blocks: blocks.drop(user_id, at=ports.clock()))


def list_blocks(ports: Ports, caller: Caller) -> tuple[str, ...]:
    return repository.find_blocks(ports.table, caller.user_id).entity.blocked


def require_welcome(ports: Ports, caller: Caller, *people: str) -> None:
    """What is said under somebody's words, or liked, reaches them: not by whom they blocked. Half a unit a person."""
    for person in {*people} - {caller.user_id}:
        if caller.user_id in repository.find_blocks(ports.table, person).entity.blocked:
            raise Blocked


def _change(ports: Ports, caller: Caller, step: Callable[[Blocks], Blocks]) -> None:
    found = partial(repository.find_blocks, ports.table, caller.user_id, consistent_read=True)
    update_entity(ports, found, step, repository.blocks_to_item)
