"""Payouts: money of a seller or owner on its way to their account at the provider, and its ledger entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.commerce.domain.ledger import CASH, EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.money import Money
from services.commerce.domain.party import Party
from services.commerce.errors import ApproverNotVerified, PayoutStateConflict, SecondOperatorRequired
from services.commerce.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import ConflictOfInterest

APPROVALS = 2  # of different persons


class PayoutSource(StrEnum):
    """Which of the two payable ledger accounts of a user is paid out."""

    SELLER = "seller"
    OWNER = "owner"


class PayoutState(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    REQUESTED = "requested"
    SENDING = "sending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"


class EndReason(StrEnum):
    """Why a payout ended without being paid.

    by_user: the user canceled it. rejected: an operator did. sanction: a sanction of the platform blocks payouts.
    account_changed: the user has another account now, or changed it. verification: the provider needs something again.
    denied: the provider denied the request. failed: the provider could not pay.
    """

    BY_USER = "by_user"
    REJECTED = "rejected"
    SANCTION = "sanction"
    ACCOUNT_CHANGED = "account_changed"
    VERIFICATION = "verification"
    DENIED = "denied"
    FAILED = "failed"


S = PayoutState
PAYOUT_TRANSITIONS: dict[PayoutState, frozenset[PayoutState]] = {
    S.AWAITING_APPROVAL: frozenset({S.REQUESTED, S.CANCELED, S.REJECTED}),
    S.REQUESTED: frozenset({S.SENDING, S.CANCELED}),
    S.SENDING: frozenset({S.SUCCEEDED, S.FAILED}),  # the provider can have paid: only its answer ends it
    S.SUCCEEDED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELED: frozenset(),
    S.REJECTED: frozenset(),
}
OPEN = frozenset({S.AWAITING_APPROVAL, S.REQUESTED, S.SENDING})


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout of a user.

    account_id: the account at the provider that the user had when it was requested. It is paid to no other one.
    needs_approval: whether two operators must approve it, of different persons.
    approver_ids: the operators who did. reason: why it ended without being paid; None otherwise. note: of who rejected it.
    due_at: when the schedule must act next; None if it never must.
    sent_at: when it was first sent to the provider. is_reported: whether reviewers have a case of it.
    """

    id: str
    user_id: str
    source: PayoutSource
    amount: Money
    account_id: str
    created_at: datetime
    version: int
    state: PayoutState
    needs_approval: bool
    approver_ids: tuple[str, ...] = ()
    reason: EndReason | None = None
    note: str = ""
    due_at: datetime | None = None
    sent_at: datetime | None = None
    is_reported: bool = False

    @classmethod
    def request(
        cls, id: str, user_id: str, source: PayoutSource, amount: Money, account_id: str, *, needs_approval: bool, at: datetime
    ) -> Payout:
        state = S.AWAITING_APPROVAL if needs_approval else S.REQUESTED
        about = (id, user_id, source, amount, account_id, at, next_version(0, at))
        return cls(*about, state, needs_approval, due_at=None if needs_approval else at)

    @property
    def ledger_account(self) -> str:
        return f"{self.source}:{self.user_id}"

    @property
    def transit_account(self) -> str:
        """The ledger account that has the amount until the provider has paid it."""
        return f"payout:{self.id}"

    @property
    def reference(self) -> str:
        """What the provider gets with each request: a repeat pays once, and the events have it."""
        return f"{self.user_id}/{self.id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_due(self, now: datetime) -> bool:
        """Whether the schedule must act. The due index can be behind, so it must not rely on it."""
        return self.due_at is not None and now >= self.due_at

    def approve(self, approver: Party, earlier: Sequence[Party], payee: Party, *, at: datetime) -> Payout:
        """Add the approval of an operator. The payout is sent once two persons approved it.

        Nothing else adds an approval. Two users of one identity are one person, whenever each was verified under it.
        earlier: the operators who approved it, with their identities of now.
        Raises: PayoutStateConflict, and the errors of `require_independent`.
        """
        if self.state is not S.AWAITING_APPROVAL:
            raise PayoutStateConflict(state=self.state)
        require_independent(approver, payee)
        if any(approver.has_identity_of(other) for other in earlier):
            raise SecondOperatorRequired
        after = replace(self, approver_ids=(*self.approver_ids, approver.user_id), version=next_version(self.version, at))
        return replace(after._to(S.REQUESTED, at), due_at=at) if len(after.approver_ids) == APPROVALS else after

    def reject(self, operator: Party, payee: Party, note: str, *, at: datetime) -> Payout:
        """End the payout. Raises: PayoutStateConflict, and the errors of `require_independent`."""
        require_independent(operator, payee)
        return replace(self._to(S.REJECTED, at), reason=EndReason.REJECTED, note=note)

    def cancel(self, reason: EndReason, *, at: datetime) -> Payout:
        """End a payout that was not sent to the provider. Raises: PayoutStateConflict."""
        return replace(self._to(S.CANCELED, at), reason=reason)

    def start_sending(self, *, at: datetime) -> Payout:
        """Record, before the provider is asked, that it will be: from then on only the provider ends the payout.

        Raises: PayoutStateConflict, SecondOperatorRequired (an approval is missing).
        """
        if self.needs_approval and len(set(self.approver_ids)) < APPROVALS:
            raise SecondOperatorRequired
        return replace(self._to(S.SENDING, at), due_at=at, sent_at=at)

    def schedule_retry(self, *, at: datetime) -> Payout:
        """Set when the request is repeated. A payout without a result for too long is reported, once."""
        is_overdue = self.sent_at is not None and at >= self.sent_at + settings().payout_case_after
        due_at, version = at + settings().payout_retry_interval, next_version(self.version, at)
        return replace(self, due_at=due_at, is_reported=self.is_reported or is_overdue, version=version)

    def succeed(self, *, at: datetime) -> Payout:
        """Raises: PayoutStateConflict."""
        return self._to(S.SUCCEEDED, at)

    def fail(self, reason: EndReason, *, at: datetime) -> Payout:
        """Raises: PayoutStateConflict."""
        return replace(self._to(S.FAILED, at), reason=reason)

    def _to(self, state: PayoutState, at: datetime) -> Payout:
        if state not in PAYOUT_TRANSITIONS[self.state]:
            raise PayoutStateConflict(state=self.state)
        return replace(self, state=state, due_at=None, version=next_version(self.version, at))


def require_independent(operator: Party, payee: Party) -> None:
    """Require that an operator decides about the payout of another person.

    An operator without a verified identity could be a second user of the payee or of another operator.
    Raises: ApproverNotVerified, ConflictOfInterest.
    """
    if operator.has_identity_of(payee):
        raise ConflictOfInterest
    if not operator.identity_ids:
        raise ApproverNotVerified


def payout_entry(payout: Payout) -> LedgerEntry:
    """Take the amount from the balance of the payee, when the payout is requested."""
    return _move(payout, EntryReason.PAYOUT, payout.ledger_account, payout.transit_account)


def payout_paid_entry(payout: Payout) -> LedgerEntry:
    """Book that the provider has paid."""
    return _move(payout, EntryReason.PAYOUT_PAID, payout.transit_account, CASH)


def payout_returned_entry(payout: Payout) -> LedgerEntry:
    """Return the amount of a payout that ended without being paid to the balance of the payee."""
    return _move(payout, EntryReason.PAYOUT_RETURNED, payout.transit_account, payout.ledger_account)


def _move(payout: Payout, reason: EntryReason, debit: str, credit: str) -> LedgerEntry:
    lines = (EntryLine(debit, payout.amount.amount), EntryLine(credit, -payout.amount.amount))
    return LedgerEntry(payout.id, reason, payout.amount.currency, lines)
