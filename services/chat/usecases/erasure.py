"""The erasure of a deleted account in this service."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.chat.repository.erasing import erase_user_items
from services.chat.repository.participants import iter_participations
from services.chat.repository.rooms import iter_rooms
from services.chat.usecases.ports import Ports
from services.shared.erasure.jobs import Erasure, erase_user
from services.shared.messaging.events import MessagesErased
from services.shared.pictures.files import RAW, picture_object_key
from services.shared.table.jobs import Job


def erase_messages_of_user(ports: Ports, job: Job) -> Iterator[None]:
    """Erase a user: read markers, reports and uploads; messages too, if the user chose so. The stream deletes their files."""
    return erase_user(ports, MessagesErased, partial(_erase, ports), job)


def _erase(ports: Ports, erasure: Erasure) -> Iterator[str]:
    """Erase the items, then the uploads that the worker has not processed."""
    yield from erase_user_items(ports.table, erasure)
    for participant in iter_participations(ports.table, erasure.user_id):
        for room in iter_rooms(ports.table, participant.circle_id):
            for object_key in ports.pictures.iter_keys(picture_object_key(RAW, room.id, erasure.user_id, "")):
                ports.pictures.delete(object_key)
                yield ""
