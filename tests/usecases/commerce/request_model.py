"""What the state machine of orders expects of the refunds that are requested of one order."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ExpectedRequests:
    """The open requests, the oldest first, each with its number and amount. made: how many the seller has requested."""

    open: list[tuple[int, int]] = field(default_factory=list)
    number: int = 0
    made: int = 0

    @property
    def sum(self) -> int:
        return sum(amount for _, amount in self.open)

    def add(self, amount: int) -> None:
        self.number += 1
        self.open.append((self.number, amount))

    def fail(self, number: int) -> None:
        """Expect a new number for a request that failed."""
        for place, (name, amount) in enumerate(self.open):
            if name == number:
                self.number += 1
                self.open[place] = (self.number, amount)

    def close(self, number: int) -> None:
        self.open = [one for one in self.open if one[0] != number]

    def close_one_of(self, amount: int) -> None:
        """Expect that a refund which an operator made ends the oldest request of the same amount."""
        for one in self.open:
            if one[1] == amount:
                self.open.remove(one)
                return

    def reduce(self, rest: int) -> None:
        """Expect that no more is requested than the order has left."""
        before, self.open = self.open, []
        for number, amount in before:
            reduced = min(amount, rest - self.sum)
            if reduced and reduced < amount:
                self.number += 1
            if reduced:
                self.open.append((number if reduced == amount else self.number, reduced))
