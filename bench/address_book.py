"""The address book of the reader of the screens."""

from __future__ import annotations

from bench.dataset import HAO, BenchDataset
from services.commerce.domain.address import MAX_ADDRESSES, AddressBook
from services.commerce.repository.addresses import address_book_to_item
from services.commerce.usecases.addresses import seal_address
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from simulation.setup.commerce import ADDRESS


def fill_address_book(dataset: BenchDataset) -> None:
    """Let the reader have n addresses, at most as many as a book has."""
    text, book = seal_address(dataset.simulation.commerce, ADDRESS, HAO.user_id), AddressBook(HAO.user_id)
    for _ in range(min(dataset.n, MAX_ADDRESSES)):
        book = book.add(new_id("adr"), text, at=utc_now())
    dataset.memory("commerce").set_item(address_book_to_item(book))
