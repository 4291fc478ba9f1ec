"""The actors: operators, reviewers, founders and members, each with a clock of its own, some with a second account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from simulation.users import user_id

OPERATORS, REVIEWERS, FOUNDERS, MEMBERS = 2, 8, 12, 58
SECOND_ACCOUNTS_OF = ("reviewer", "founder", "member")
SKEWS = (0.0, 0.0, 0.0, 0.003, -0.01, -2.0, 40.0, 200.0, -5000.0, 4000.0)  # minutes


@dataclass(frozen=True)
class Actor:
    """One account of a person.

    identity: the pseudonym of the person; two accounts of one person share it.
    skew: how far the clock of the actor's device is ahead.
    """

    index: int
    name: str
    identity: str
    group: str
    skew: timedelta

    @property
    def user_id(self) -> str:
        return user_id(f"soak {self.name}")

    @property
    def role(self) -> str:
        return self.name.partition("-")[0]

    @property
    def groups(self) -> tuple[str, ...]:
        return (self.group,) if self.group else ()


def cast() -> tuple[Actor, ...]:
    """Return the hundred actors: 80 persons, and the second accounts of 20 of them."""
    names = [
        f"{role}-{number:02}"
        for role, count in (("operator", OPERATORS), ("reviewer", REVIEWERS), ("founder", FOUNDERS), ("member", MEMBERS))
        for number in range(count)
    ]
    with_second = [
        f"{role}-{number:02}" for role, count in (("reviewer", 2), ("founder", 4), ("member", 14)) for number in range(count)
    ]
    accounts = [(name, name) for name in names] + [(f"{name}-second", name) for name in with_second]
    groups = {"operator": "operator", "reviewer": "reviewer"}
    return tuple(
        Actor(index, name, person, groups.get(name.partition("-")[0], ""), timedelta(minutes=SKEWS[index * 7 % len(SKEWS)]))
        for index, (name, person) in enumerate(accounts)
    )
