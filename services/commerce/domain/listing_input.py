"""What a seller writes of a new or changed listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Required, TypedDict

from services.commerce.domain.listing_page import PageInput
from services.commerce.domain.money import Money
from services.commerce.domain.option import Option, OptionInput
from services.commerce.domain.terms import DEFAULT_PROMISE, Promise

NO_PAGE = PageInput()


class ListingFields(TypedDict, total=False):
    """The fields of `ListingInput`, as keywords of a use case."""

    title: Required[str]
    price: Money | None
    options: Sequence[OptionInput]
    page: PageInput
    promise: Promise


@dataclass(frozen=True, slots=True)
class ListingInput:
    """A listing as its seller writes it. price: of a listing without options."""

    title: str
    price: Money | None = None
    options: Sequence[OptionInput] = ()
    page: PageInput = NO_PAGE
    promise: Promise = DEFAULT_PROMISE

    @property
    def texts(self) -> str:
        return texts_of(self.title, self.options, self.page.description)


def texts_of(title: str, options: Sequence[Option | OptionInput], description: str) -> str:
    """Return what other members read of a listing."""
    return "\n".join((title, *(option.name for option in options), description))
