"""Money: an integer of the minor unit with its currency. No float comes near it."""

from __future__ import annotations

from dataclasses import dataclass

HUNDRED_PERCENT = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Money:
    """`Money(12900, "CNY")` is 129.00 yuan."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError("money is counted in whole minor units")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def times(self, count: int) -> Money:
        return Money(self.amount * count, self.currency)

    def share(self, basis_points: int) -> Money:
        """That many hundredths of a percent, rounded down: what is lost by rounding stays with whoever gets the rest."""
        if not 0 <= basis_points <= HUNDRED_PERCENT:
            raise ValueError("a share lies between nothing and all")
        return Money(self.amount * basis_points // HUNDRED_PERCENT, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} is not {self.currency}")
        return other.amount
