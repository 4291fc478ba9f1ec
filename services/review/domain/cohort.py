"""A launch group with its seats and its waitlist. Its row is written by every decision that moves it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cohort:
    """`taken` seats of `quota`. Seat numbers run from 1 to `issued`; those in `free` were given back. Places on the waitlist
    run from 1 to `waiting`; those up to `called` had their turn."""

    name: str
    quota: int
    taken: int = 0
    waiting: int = 0
    issued: int = 0
    called: int = 0
    free: tuple[int, ...] = ()
    version: int = 0

    @property
    def has_room(self) -> bool:
        return self.taken < self.quota

    @property
    def has_queue(self) -> bool:
        return self.called < self.waiting

    def admit(self) -> tuple[Cohort, int | None, int | None]:
        """The cohort after one more approval, with the seat or the place on the waitlist that it gave: nobody overtakes
        those who wait."""
        if self.has_room and not self.has_queue:
            after, seat = self._take()
            return after, seat, None
        return replace(self, waiting=self.waiting + 1, version=self.version + 1), None, self.waiting + 1

    def call(self) -> tuple[Cohort, int]:
        """A seat for whoever has waited longest."""
        after, seat = self._take()
        return replace(after, called=self.called + 1), seat

    def skip(self) -> Cohort:
        """Whoever had that place has withdrawn."""
        return replace(self, called=self.called + 1, version=self.version + 1)

    def release(self, seat: int) -> Cohort:
        return replace(self, taken=self.taken - 1, free=tuple(sorted((*self.free, seat))), version=self.version + 1)

    def _take(self) -> tuple[Cohort, int]:
        seat = self.free[0] if self.free else self.issued + 1
        after = replace(self, taken=self.taken + 1, free=self.free[1:], issued=max(self.issued, seat), version=self.version + 1)
        return after, seat
