"""The ports that the use cases of the commerce service depend on."""

from __future__ import annotations

from dataclasses import dataclass

from services.commerce.adapters.payments import PaymentProvider
from services.shared.kernel.clock import Clock
from services.shared.kernel.ids import NewId
from services.shared.pictures.bucket import Bucket
from services.shared.pictures.urls import PictureUrls
from services.shared.security.keys import KeyRing
from services.shared.security.vault import Vault
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the commerce service.

    attribution_keys: verify where a reader saw a product card.
    coupon_keys: derive the codes of coupons and their hashes. trace_keys: hash what orders are placed and paid with.
    pictures: the bucket of pictures. picture_urls: the addresses that they are loaded from.
    evidence: the platform's bucket of reported pictures. exports: the platform's bucket of data exports.
    vault: encrypts addresses.
    """

    table: Table
    clock: Clock
    new_id: NewId
    payments: PaymentProvider
    webhook_keys: KeyRing
    coupon_keys: KeyRing
    trace_keys: KeyRing
    attribution_keys: KeyRing
    exports: Bucket
    grant_keys: KeyRing
    pictures: Bucket
    picture_urls: PictureUrls
    evidence: Bucket
    vault: Vault
