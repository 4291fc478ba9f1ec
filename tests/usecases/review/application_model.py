"""A second, smaller statement of the rules for applicants and applications. The state machine compares review with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.shared.kernel.clock import millis
from simulation.users import user_id

DAY, LEASE = timedelta(days=1), timedelta(minutes=15)
MAX_LEASES, MAX_EDITS = 5, 5
APPLICANTS = {"lin": "lin", "mei": "mei", "mei-too": "mei", "hao": "hao"}  # users, and the identities behind them
REVIEWERS = {"rui": "rui", "rui-too": "rui", "shan": "shan", "wen": "wen", "lin": "lin"}
IDENTITY_OF = {user_id(name): identity for name, identity in (APPLICANTS | REVIEWERS).items()}
ACTS, VERDICTS = ["submit", "appeal", "edit", "withdraw"], ["approve", "reject", "ask", "claim", "release"]
MOVES = [{"minutes": 5}, {"minutes": 15}, {"hours": 20}, {"days": 3}, {"days": 7}, {"days": 14}, {"days": 30}, {"days": 180}]
UNDER_REVIEW, EDITABLE = ("submitted", "appealed"), ("draft", "submitted", "needs_info")
WITHDRAWABLE = (*EDITABLE, "waitlisted")
STATES_OF = {"edit": EDITABLE, "submit": ("draft", "needs_info"), "withdraw": WITHDRAWABLE, "appeal": ("rejected",)}
NOT_GRANTED = ("rejected", "upheld", "expired", "withdrawn")
STORED = ("state", "revision", "edits", "seat", "waitlist_position", "questions", "escalated", "reviewer", "lease_until")


@dataclass
class ModelIdentity:
    """An applicant under all users, as far as the table stream was delivered.

    cool_downs: the end of each cool-down, by the application whose rejection started it.
    """

    open: str = ""
    granted: set[str] = field(default_factory=set)
    cool_downs: dict[str, datetime] = field(default_factory=dict)
    submitted: list[datetime] = field(default_factory=list)

    def cool_until(self, now: datetime) -> datetime | None:
        return max((until for until in self.cool_downs.values() if now < until), default=None)

    def can_submit(self, now: datetime) -> bool:
        in_last_year = sum(now - at < 365 * DAY for at in self.submitted)
        return not (self.open or self.cool_until(now) or len(self.granted) >= 3 or in_last_year >= 6)


@dataclass
class ModelApplication:
    """What the rules say of an application. The fields in STORED have the same names in its item.

    last: the last call with an idempotency key, and its arguments.
    since: when the application entered its state.
    decisions: identity, whether it approves, and instance.
    undelivered: state changes that the stream has not delivered yet.
    """

    id: str
    by: str
    identity: ModelIdentity
    hashes: list[str]  # of all revisions of the content
    last: tuple[Any, ...]
    since: datetime
    state: str = "draft"
    revision: int = 1
    decisions: list[tuple[str, bool, int]] = field(default_factory=list)
    reviewer: str | None = None
    lease_until: int | None = None
    seat: int | None = None
    waitlist_position: int | None = None
    questions: int = 0
    edits: int = 0  # since the submission or the last question
    leases: list[tuple[str, datetime]] = field(default_factory=list)  # identity, and when the lease began
    instance: int = 1
    escalated: bool = False
    erased: bool = False
    undelivered: list[tuple[str, datetime]] = field(default_factory=list)

    def can(self, verb: str, by: str, now: datetime, valid: bool) -> bool:
        """valid: a decision names the current content, an appeal a reason that was given."""
        own, leased = by == self.by, millis(now) < (self.lease_until or 0)
        deciders = {IDENTITY_OF[self.by], *(identity for identity, _, _ in self.decisions)}
        independent = self.state in UNDER_REVIEW and IDENTITY_OF[by] not in deciders
        has_lease = leased and by == self.reviewer
        submits = {"draft": self.identity.can_submit(now), "needs_info": now < self.since + 7 * DAY, "submitted": True}
        appeals = self.state == "rejected" and now < self.since + 14 * DAY and self.identity.open in ("", self.id)
        return {
            "edit": own and self.state in EDITABLE and (self.state == "draft" or self.edits < MAX_EDITS),
            "submit": own and submits.get(self.state, False),
            "withdraw": own and self.state in (*WITHDRAWABLE, "withdrawn"),
            "appeal": own and appeals and valid,
            "claim": independent and (has_lease or (not leased and self.leases_of(by, now) < MAX_LEASES)),
            "release": has_lease,
            "ask": self.state == "submitted" and has_lease and self.questions < 2,
        }.get(verb, independent and has_lease and valid)

    def leases_of(self, by: str, now: datetime) -> int:
        return sum(identity == IDENTITY_OF[by] and now - began < DAY for identity, began in self.leases)

    def change(self, verb: str, by: str, now: datetime) -> None:
        """Move to the next state, apart from what a decision leads to."""
        self._change_lease(verb, by, now)
        next_state = {"submit": "submitted", "withdraw": "withdrawn", "appeal": "appealed", "ask": "needs_info"}.get(verb)
        if verb == "edit" and self.state != "draft":
            self.revision, self.edits, self.decisions = self.revision + 1, self.edits + 1, []
        elif verb == "submit" and self.state == "draft":
            self.identity.open, self.identity.submitted = self.id, [*self.identity.submitted, now]
        elif verb == "appeal":
            self.instance, self.escalated, self.identity.open = 2, False, self.id
        elif verb in ("approve", "reject"):
            self.decisions = [*self.decisions, (IDENTITY_OF[by], verb == "approve", self.instance)]
        if verb == "ask":
            self.questions, self.edits = self.questions + 1, 0
        if next_state and next_state != self.state:
            self.enter(next_state, now)

    def _change_lease(self, verb: str, by: str, now: datetime) -> None:
        if verb == "claim" and millis(now) >= (self.lease_until or 0):
            self.reviewer, self.lease_until = by, millis(now + LEASE)
            self.leases.append((IDENTITY_OF[by], now))
        elif verb not in ("claim", "submit", "appeal", "edit"):
            self.reviewer = self.lease_until = None

    def enter(self, state: str, now: datetime) -> None:
        self.state, self.since = state, now
        self.leases = self.leases if state in ("submitted", "needs_info") else []
        self.undelivered.append((state, now))

    def deliver(self) -> None:
        """Deliver the next state change to the applicant: slot, circles and cool-down follow it."""
        (state, at), identity = self.undelivered.pop(0), self.identity
        if state in (*NOT_GRANTED, "active", "closed"):
            # An appeal that was made before its rejection is delivered keeps the slot.
            if identity.open == self.id and "appealed" not in [later for later, _ in self.undelivered]:
                identity.open = ""
            identity.granted = identity.granted | {self.id} if state == "active" else identity.granted - {self.id}
        if state in ("rejected", "upheld"):
            identity.cool_downs[self.id] = at + 30 * DAY
        if state == "active":
            identity.cool_downs.pop(self.id, None)  # the rejection was overturned by an appeal
