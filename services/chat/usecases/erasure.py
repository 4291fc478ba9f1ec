"""The erasure of a deleted account in this service."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.chat.repository.erasing import erase_user_items
from services.chat.usecases.ports import Ports
from services.shared.erasure.jobs import erase_user
from services.shared.messaging.events import MessagesErased
from services.shared.table.jobs import Job


def erase_messages_of_user(ports: Ports, job: Job) -> Iterator[None]:
    """Erase a user: read markers and reports; messages too, if the user chose so."""
    return erase_user(ports, MessagesErased, partial(erase_user_items, ports.table), job)
