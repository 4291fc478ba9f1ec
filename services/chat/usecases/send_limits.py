"""The limits on sends of a room and of a network; those of one member are in `repository.participants`."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from math import ceil

from services.chat.domain import SEQUENCE_BLOCK_SIZE, SequenceBlock
from services.chat.errors import SendRateExceeded
from services.chat.repository.messages import find_last_reserved
from services.chat.repository.networks import count_sends
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.kernel.networks import network_of
from services.shared.security.auth import Caller


def require_room_below_limit(ports: Ports, circle_id: str, room_id: str, block: SequenceBlock) -> None:
    """Require that the numbers before a new block took as long as the rate of a room says.

    Only what a room can run ahead of its rate is looked at: that many blocks back, one item has the time. So a room needs no
    counter, and a message that opens no block costs nothing.
    Cost: 0.5 read units, for one of 32 messages.
    Raises: SendRateExceeded (`retry_after` is when the block can be opened).
    """
    per_block = timedelta(seconds=SEQUENCE_BLOCK_SIZE) / settings().room_sends_per_second
    blocks = ceil(settings().room_send_ahead / per_block)
    first = block.index - 1 - blocks
    last = find_last_reserved(ports.table, circle_id, room_id, SequenceBlock(first)) if first >= 0 else None
    if last is None:
        return
    wait = last.at + blocks * per_block - ports.clock()
    if wait > timedelta(0):
        raise SendRateExceeded(retry_after=ceil(wait.total_seconds()))


def count_for_network(ports: Ports, caller: Caller, token: str) -> None:
    """Count a send for the network of its sender: one of `network_sample` sends counts for all of them.

    The hash has the server's time: a client that chooses its tokens cannot choose to be left out.
    Cost: 1 write unit, for one of 16 messages.
    """
    at, sample = ports.clock(), settings().network_sample
    drawn = int.from_bytes(hashlib.sha256(f"{token} {millis(at)}".encode()).digest()[:4])
    if caller.ip and drawn % sample == 0:
        count_sends(ports.table, network_of(caller.ip), sample, at)
