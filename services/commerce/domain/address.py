"""Addresses: place and recipient of a delivery, and the address book of a user."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import Self

from services.commerce.errors import AddressLimitReached, AddressNotFound
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import KEY_LIFETIME, time_of_id

MAX_ADDRESSES = 20  # of a user
MAX_DELETED = 100  # ids that a book remembers, 3 KB: the rate of changes alone would permit more than an item can have


@dataclass(frozen=True, slots=True)
class Address:
    """An address in clear text. Only its owner, and the seller of an order that it is of, read it.

    city, district: empty where the place has none.
    """

    recipient: str
    phone: str
    province: str
    city: str
    district: str
    street: str

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(*json.loads(text))

    def __str__(self) -> str:
        return json.dumps(astuple(self), ensure_ascii=False)

    def mask(self) -> Address:
        """Return the address as a list shows it: enough to recognise one's own."""
        recipient, street = f"{self.recipient[:1]}**", f"{self.street[: len(self.street) // 3]}***"
        return replace(self, recipient=recipient, phone=f"{self.phone[:3]}****{self.phone[-2:]}", street=street)


@dataclass(frozen=True, slots=True)
class SealedAddress:
    """An entry of an address book. text: the encrypted address. version: increases with each change of the entry."""

    id: str
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class AddressBook:
    """The addresses of a user, the newest first. They are one item, so that their number is exact under races.

    deleted: the ids of the last deletions, the newest first, so that no retry of a creation restores an address.
    """

    user_id: str
    entries: tuple[SealedAddress, ...] = ()
    version: int = 0
    deleted: tuple[str, ...] = ()

    def get_entry(self, address_id: str) -> SealedAddress:
        """Return an entry. Raises: AddressNotFound."""
        for entry in self.entries:
            if entry.id == address_id:
                return entry
        raise AddressNotFound

    def add(self, address_id: str, text: str, *, at: datetime) -> AddressBook:
        """Return the book with a new entry. Unchanged if it has one with this id.

        Raises: AddressLimitReached, AddressNotFound (it was deleted since).
        """
        if address_id in self.deleted:
            raise AddressNotFound
        if any(entry.id == address_id for entry in self.entries):
            return self
        if len(self.entries) >= MAX_ADDRESSES:
            raise AddressLimitReached(limit=MAX_ADDRESSES)
        version = next_version(self.version, at)
        return replace(self, entries=(SealedAddress(address_id, text, version), *self.entries), version=version)

    def replace_entry(self, address_id: str, text: str, *, at: datetime) -> AddressBook:
        """Return the book with another address in an entry, at its place. Raises: AddressNotFound."""
        version, before = next_version(self.version, at), self.get_entry(address_id)
        after = SealedAddress(address_id, text, version)
        entries = tuple(after if entry is before else entry for entry in self.entries)
        return replace(self, entries=entries, version=version)

    def remove(self, address_id: str, *, at: datetime) -> AddressBook:
        """Return the book without an entry. Unchanged if it has none with this id."""
        entries = tuple(entry for entry in self.entries if entry.id != address_id)
        if entries == self.entries:
            return self
        ids = (address_id, *self.deleted)
        deleted = [one for one in ids if at - time_of_id(one) <= KEY_LIFETIME][:MAX_DELETED]
        return replace(self, entries=entries, version=next_version(self.version, at), deleted=tuple(deleted))
