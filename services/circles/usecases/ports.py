"""The ports that the use cases of the circles service depend on."""

from __future__ import annotations

from dataclasses import dataclass

from services.circles.adapters.user_pool import UserPool
from services.shared.kernel.clock import Clock
from services.shared.kernel.ids import NewId
from services.shared.pictures.bucket import Bucket
from services.shared.pictures.urls import PictureUrls
from services.shared.security.keys import KeyRing
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the circles service.

    passcode_keys: derive passcodes. alias_keys: derive the names of other users in exports.
    pictures: the bucket of pictures. picture_urls: the addresses that they are loaded from.
    evidence: the platform's bucket of reported pictures. exports: the platform's bucket of data exports.
    grant_keys: of review; verify read grants.
    attribution_keys: of commerce; sign where a reader saw a product card.
    user_pool: ends the refresh tokens of a user, and deletes the sign-in.
    """

    table: Table
    clock: Clock
    new_id: NewId
    passcode_keys: KeyRing
    alias_keys: KeyRing
    pictures: Bucket
    picture_urls: PictureUrls
    evidence: Bucket
    exports: Bucket
    user_pool: UserPool
    grant_keys: KeyRing
    attribution_keys: KeyRing
