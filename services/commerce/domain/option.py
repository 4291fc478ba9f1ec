"""The options of a listing: what a buyer chooses, such as a size or a colour."""

from __future__ import annotations

from dataclasses import dataclass

from services.commerce.domain.money import Money


@dataclass(frozen=True, slots=True)
class Option:
    """What can be bought of a listing. The id and the name are empty for a listing without options."""

    id: str
    name: str
    price: Money
    stock: int
