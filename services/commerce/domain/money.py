"""Money: an integer of the minor unit (fen) with its currency. Floats are never used."""

from __future__ import annotations

from dataclasses import dataclass

HUNDRED_PERCENT = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the minor unit: `Money(12900, "CNY")` is 129.00 yuan."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError("an amount of money must be an integer of the minor unit")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._amount_in_own_currency(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._amount_in_own_currency(other), self.currency)

    def times(self, count: int) -> Money:
        return Money(self.amount * count, self.currency)

    def share(self, basis_points: int) -> Money:
        """Return this many basis points of the amount, rounded down."""
        if not 0 <= basis_points <= HUNDRED_PERCENT:
            raise ValueError(f"a share must be between 0 and {HUNDRED_PERCENT} basis points")
        return Money(self.amount * basis_points // HUNDRED_PERCENT, self.currency)

    def _amount_in_own_currency(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} is not {self.currency}")
        return other.amount
