"""The ports that the use cases of the chat service depend on."""

from __future__ import annotations

from dataclasses import dataclass

from services.chat.adapters.push_parts import PushParts
from services.chat.adapters.sockets import Sockets
from services.chat.adapters.web_push import WebPush
from services.shared.kernel.clock import Clock
from services.shared.kernel.ids import NewId
from services.shared.pictures.bucket import Bucket
from services.shared.pictures.urls import PictureUrls
from services.shared.security.keys import KeyRing
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the chat service.

    pictures: the bucket of pictures. picture_urls: the addresses that they are loaded from.
    attribution_keys: of commerce; sign where a reader saw a product card.
    evidence: the platform's bucket of reported pictures. exports: the platform's bucket of data exports.
    """

    table: Table
    clock: Clock
    new_id: NewId
    new_secret: NewId
    ticket_keys: KeyRing
    sockets: Sockets
    exports: Bucket
    web_push: WebPush
    push_parts: PushParts
    pictures: Bucket
    picture_urls: PictureUrls
    evidence: Bucket
    attribution_keys: KeyRing
