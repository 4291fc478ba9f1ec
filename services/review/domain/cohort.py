"""A cohort: a launch group of circles with a fixed number of seats, and its waitlist."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cohort:
    """The seats and the waitlist of a cohort.

    Each decision that changes it is conditioned on its version, so parallel approvals grant each seat once.

    quota: the number of seats. taken: seats in use.
    issued: the highest seat number so far. free: numbers up to `issued` that were released.
    waitlisted: the last waitlist position that was given. called: positions up to this one had their turn.
    """

    name: str
    quota: int
    taken: int = 0
    waitlisted: int = 0
    issued: int = 0
    called: int = 0
    free: tuple[int, ...] = ()
    version: int = 0

    @property
    def has_free_seat(self) -> bool:
        return self.taken < self.quota

    @property
    def has_waitlist(self) -> bool:
        return self.called < self.waitlisted

    def take_seat(self) -> tuple[Cohort, int | None, int | None]:
        """Return the next state with a seat, or with a waitlist position if no seat is free or others wait."""
        if self.has_free_seat and not self.has_waitlist:
            after, seat = self._take_lowest_seat()
            return after, seat, None
        position = self.waitlisted + 1
        return replace(self, waitlisted=position, version=self.version + 1), None, position

    def promote_next(self) -> tuple[Cohort, int]:
        """Return the next state with a seat for the first of the waitlist."""
        after, seat = self._take_lowest_seat()
        return replace(after, called=self.called + 1), seat

    def skip_next(self) -> Cohort:
        """Pass over the first of the waitlist, which is withdrawn or expired."""
        return replace(self, called=self.called + 1, version=self.version + 1)

    def release_seat(self, seat: int) -> Cohort:
        return replace(self, taken=self.taken - 1, free=tuple(sorted((*self.free, seat))), version=self.version + 1)

    def _take_lowest_seat(self) -> tuple[Cohort, int]:
        seat = self.free[0] if self.free else self.issued + 1
        after = replace(self, taken=self.taken + 1, free=self.free[1:], issued=max(self.issued, seat), version=self.version + 1)
        return after, seat
