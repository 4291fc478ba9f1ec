"""The address book of a user. An address is encrypted for its user, so that no other book can have it."""

from __future__ import annotations

from functools import partial

from services.commerce.domain.address import Address, AddressBook
from services.commerce.repository import addresses
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.table.versioned import Versioned, update

OwnAddress = tuple[str, int, Address]  # the id, the version and the address


def list_addresses(ports: Ports, caller: Caller) -> Page[OwnAddress]:
    """Return the caller's addresses as they are shown in a list, the newest first. They are one page.

    Cost: 1.5 read units, and a call of KMS per address.
    """
    book = addresses.get_address_book(ports.table, caller.user_id)
    opened = ((entry.id, entry.version, open_address(ports, entry.text, caller.user_id)) for entry in book.entries)
    return Page([(address_id, version, address.mask()) for address_id, version, address in opened])


def get_address(ports: Ports, caller: Caller, address_id: str) -> OwnAddress:
    """Return one of the caller's addresses.

    Cost: 1.5 read units, and a call of KMS.
    Raises: AddressNotFound.
    """
    return _own(ports, addresses.get_address_book(ports.table, caller.user_id), address_id)


def create_address(ports: Ports, caller: Caller, key: IdempotencyKey, address: Address) -> OwnAddress:
    """Add an address to the caller's book, and return it. A retry with the same key returns the address of the first try.

    Cost: 2 write units and 2 read units, and a call of KMS.
    Raises: AddressLimitReached, KeyReused, RateLimitReached, AddressNotFound (a retry, and the address is deleted).
    """
    address_id, text = key.id("adr"), seal_address(ports, address, caller.user_id)

    def change(book: AddressBook) -> AddressBook:
        return book.add(address_id, text, at=ports.clock())

    load = partial(addresses.load_address_book, ports.table, caller.user_id)
    return _own(ports, update(ports, load, change, request=settings().change_request(key)), address_id)


def update_address(ports: Ports, caller: Caller, address_id: str, request: ChangeRequest, address: Address) -> OwnAddress:
    """Replace one of the caller's addresses, and return it. Orders keep the address that they have.

    Cost: 2 write units and 2 read units, and 2 calls of KMS.
    Raises: AddressNotFound, PreconditionFailed, KeyReused, RateLimitReached.
    """
    text = seal_address(ports, address, caller.user_id)

    def load() -> Versioned[AddressBook]:
        loaded = addresses.load_address_book(ports.table, caller.user_id)
        loaded.entity.get_entry(address_id)
        return loaded

    def change(book: AddressBook) -> AddressBook:
        return book.replace_entry(address_id, text, at=ports.clock())

    def version_of(book: AddressBook) -> int:
        return book.get_entry(address_id).version

    return _own(ports, update(ports, load, change, request=request, version_of=version_of), address_id)


def delete_address(ports: Ports, caller: Caller, address_id: str) -> None:
    """Delete one of the caller's addresses. Unchanged if it does not exist. Orders keep the address that they have.

    Cost: 1 write unit and 1.5 read units.
    """
    load = partial(addresses.load_address_book, ports.table, caller.user_id)
    update(ports, load, lambda book: book.remove(address_id, at=ports.clock()))


def seal_address(ports: Ports, address: Address, context: str) -> str:
    """Encrypt an address. context: the user whose book has it, or the order."""
    return ports.vault.encrypt(str(address), context)


def open_address(ports: Ports, text: str, context: str) -> Address:
    return Address.parse(ports.vault.decrypt(text, context))


def _own(ports: Ports, book: AddressBook, address_id: str) -> OwnAddress:
    entry = book.get_entry(address_id)
    return entry.id, entry.version, open_address(ports, entry.text, book.user_id)
