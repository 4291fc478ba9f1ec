"""The options of a listing, such as its sizes and colours: each has its own price and stock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from services.commerce.domain.money import Money
from services.commerce.errors import OptionLimitReached
from services.commerce.settings import settings
from services.shared.kernel.errors import FieldError, Invalid

# An option that was sold keeps its id, so units that come back are its own. So options are withdrawn, never deleted.
MAX_OPTIONS_EVER = 40
OPTION_IDS = tuple(f"o{number}" for number in range(1, MAX_OPTIONS_EVER + 1))


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a listing. id: empty for the listing itself, if it has no options.

    stock: the units that no order has reserved. on_sale: False for one that the seller withdrew; its units stay.
    """

    id: str
    name: str
    price: Money
    stock: int
    on_sale: bool = True


@dataclass(frozen=True, slots=True)
class OptionInput:
    """An option as its seller writes it. id: empty for a new one. stock: of a new one; an existing one keeps its own."""

    name: str
    price: Money
    stock: int = 0
    id: str = ""


def change_options(before: Sequence[Option], inputs: Sequence[OptionInput]) -> tuple[Option, ...]:
    """Return the options after a change. One that the seller leaves out is withdrawn; one that is named again is back.

    Those on sale come first, in the order of the seller.
    Raises: OptionLimitReached (on sale, or ever), Invalid (an unknown id, or an id or a name twice).
    """
    if len(inputs) > settings().max_options:
        raise OptionLimitReached(limit=settings().max_options)
    existing = {option.id: option for option in before}
    _require_distinct(existing, inputs)
    new_ids = OPTION_IDS[len(before) :]
    if sum(not each.id for each in inputs) > len(new_ids):
        raise OptionLimitReached(limit=MAX_OPTIONS_EVER)
    ids = iter(new_ids)
    on_sale = [_change_option(existing.get(each.id), each, ids) for each in inputs]
    named = {option.id for option in on_sale}
    withdrawn = (replace(option, on_sale=False) for option in before if option.id not in named)
    return (*on_sale, *withdrawn)


def _require_distinct(existing: Collection[str], inputs: Sequence[OptionInput]) -> None:
    ids, names, fields = set[str](), set[str](), list[FieldError]()
    for index, each in enumerate(inputs):
        if each.id and (each.id in ids or each.id not in existing):
            fields.append(FieldError(f"/options/{index}/option_id", "must-be-option-of-listing"))
        if each.name in names:
            fields.append(FieldError(f"/options/{index}/name", "must-be-other-name"))
        ids.add(each.id)
        names.add(each.name)
    if fields:
        raise Invalid(fields=tuple(fields))


def _change_option(existing: Option | None, given: OptionInput, new_ids: Iterator[str]) -> Option:
    if existing:
        return replace(existing, name=given.name, price=given.price, on_sale=True)
    return Option(next(new_ids), given.name, given.price, given.stock)
