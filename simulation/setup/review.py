"""What the rules say of applicants and their applications, a second time and smaller, for the machine that compares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.shared.kernel.clock import millis
from simulation.simulation import user_id

DAY = timedelta(days=1)
APPLYING = {"lin": "lin", "mei": "mei", "mei-too": "mei", "hao": "hao"}  # accounts, and the humans behind them
REVIEWING = {"rui": "rui", "rui-too": "rui", "shan": "shan", "wen": "wen", "lin": "lin"}
HUMAN_OF = {user_id(name): identity_id for name, identity_id in (APPLYING | REVIEWING).items()}
REVIEWED, EDITED = ("submitted", "appealed"), ("draft", "submitted", "needs_info")
DOWN = ("rejected", "upheld", "expired", "withdrawn")
SAME = ("state", "revision", "seat", "waitlist_position", "questions", "escalated", "reviewer", "lease_until")


@dataclass
class ModelIdentity:
    """Who applies, under whatever account, as far as the stream has told."""

    open: str = ""
    granted: set[str] = field(default_factory=set)
    cool_until: datetime | None = None
    submitted: list[datetime] = field(default_factory=list)

    def may_submit(self, now: datetime) -> bool:
        cools = self.cool_until is not None and now < self.cool_until
        return not (self.open or cools or len(self.granted) >= 3 or sum(now - at < 365 * DAY for at in self.submitted) >= 6)


@dataclass
class Wanted:
    """What the model says of an application; what is named in SAME is stored under that name."""

    id: str
    by: str
    identity_id: ModelIdentity
    hashes: list[str]  # of all its texts
    last: tuple[Any, ...]  # the keyed act that was the last
    since: datetime  # it stands where it stands
    state: str = "draft"
    revision: int = 1
    decisions: list[tuple[str, bool, int]] = field(default_factory=list)  # by whom, whether it approves, in which instance
    reviewer: str | None = None
    lease_until: int | None = None
    seat: int | None = None
    waitlist_position: int | None = None
    questions: int = 0
    instance: int = 1
    escalated: bool = False
    erased: bool = False
    untold: list[tuple[str, datetime]] = field(default_factory=list)  # steps that the stream has not told

    def may(self, verb: str, by: str, now: datetime, right: bool) -> bool:
        """`right`: the hash is of the text that stands, the reason cited one that was given."""
        mine, live = by == self.by, millis(now) < (self.lease_until or 0)
        judges = self.state in REVIEWED and HUMAN_OF[by] not in {HUMAN_OF[self.by], *(who for who, _, _ in self.decisions)}
        holds = live and by == self.reviewer
        begins = {"draft": self.identity_id.may_submit(now), "needs_info": now < self.since + 7 * DAY, "submitted": True}
        return {
            "edit": mine and self.state in EDITED,
            "submit": mine and begins.get(self.state, False),
            "withdraw": mine and self.state in (*EDITED, "waitlisted", "withdrawn"),
            "appeal": mine and self.state == "rejected" and now < self.since + 14 * DAY and right,
            "claim": judges and (holds or not live),
            "release": holds,
            "ask": self.state == "submitted" and holds and self.questions < 2,
        }.get(verb, judges and holds and right)

    def become(self, state: str, now: datetime) -> None:
        self.state, self.since = state, now
        self.untold.append((state, now))

    def hear(self) -> None:
        """The stream tells one more step, and the human behind it may apply again, or has to wait."""
        (state, at), identity_id = self.untold.pop(0), self.identity_id
        if state in (*DOWN, "active", "closed"):
            identity_id.open = "" if identity_id.open == self.id else identity_id.open
            identity_id.granted = identity_id.granted | {self.id} if state == "active" else identity_id.granted - {self.id}
        if state in ("rejected", "upheld"):
            identity_id.cool_until = max(at + 30 * DAY, identity_id.cool_until or at)
