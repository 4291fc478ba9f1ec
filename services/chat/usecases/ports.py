"""The ports that the use cases of the chat service depend on."""

from __future__ import annotations

from dataclasses import dataclass

from services.chat.adapters.push_parts import PushParts
from services.chat.adapters.sockets import Sockets
from services.chat.adapters.web_push import WebPush
from services.shared.exports.format import ExportBucket
from services.shared.kernel.clock import Clock
from services.shared.kernel.ids import NewId
from services.shared.security.keys import KeyRing
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class Ports:
    table: Table
    clock: Clock
    new_id: NewId
    new_secret: NewId
    ticket_keys: KeyRing
    sockets: Sockets
    exports: ExportBucket
    web_push: WebPush
    push_parts: PushParts
