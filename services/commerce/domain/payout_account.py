"""Where a user is paid: their account at the provider, what the provider still needs, and the wait after a change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.commerce.domain.statement import day_of
from services.commerce.errors import PayoutAccountMissing, PayoutAccountNotVerified, PayoutAccountOnHold
from services.commerce.settings import settings
from services.shared.kernel.clock import next_version, rfc3339

MAX_DUE, MAX_DUE_LENGTH = 20, 100  # what is stored of the provider's list


class Verification(StrEnum):
    """What the provider has verified of a payee: only a `verified` account is paid."""

    PENDING = "pending"
    VERIFIED = "verified"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """The account of a user at the provider.

    account_id: the provider's id; empty until the user sets one.
    currently_due: the names of what the provider needs from the user before it pays.
    held_until: nothing is paid before, because the user changed the account; None if they never set one.
    day: the last day in China on which the user requested a payout. requested: the sum of that day, by currency.
    """

    user_id: str
    account_id: str = ""
    verification: Verification = Verification.PENDING
    currently_due: tuple[str, ...] = ()
    held_until: datetime | None = None
    day: str = ""
    requested: int = 0
    version: int = 0

    def is_on_hold(self, now: datetime) -> bool:
        return self.held_until is not None and now < self.held_until

    def set(self, account_id: str, verification: Verification, due: tuple[str, ...], *, at: datetime) -> PayoutAccount:
        """Pay to this account from now on, after a wait: an attacker with the user's phone cannot be paid at once.

        The same account again is no change, and begins no wait.
        """
        after = self.verify(verification, due, at=at)
        if account_id == self.account_id:
            return after
        held_until = at + settings().payout_hold
        return replace(after, account_id=account_id, held_until=held_until, version=next_version(self.version, at))

    def verify(self, verification: Verification, due: tuple[str, ...], *, at: datetime) -> PayoutAccount:
        """Store what the provider has verified. Unchanged if it is the same."""
        due = tuple(name[:MAX_DUE_LENGTH] for name in due[:MAX_DUE])
        if (verification, due) == (self.verification, self.currently_due):
            return self
        return replace(self, verification=verification, currently_due=due, version=next_version(self.version, at))

    def require_payable(self, now: datetime) -> None:
        """Raises: PayoutAccountMissing, PayoutAccountNotVerified (with what is due), PayoutAccountOnHold."""
        if not self.account_id:
            raise PayoutAccountMissing
        if self.verification is not Verification.VERIFIED or self.currently_due:
            raise PayoutAccountNotVerified(currently_due=list(self.currently_due))
        if self.held_until and now < self.held_until:
            raise PayoutAccountOnHold(until=rfc3339(self.held_until))

    def add_request(self, amount: int, *, at: datetime) -> PayoutAccount:
        """Count a payout for its day. The new version orders the payouts of a user with each other and with a new account."""
        day = day_of(at)
        requested = amount + (self.requested if day == self.day else 0)
        return replace(self, day=day, requested=requested, version=next_version(self.version, at))

    @property
    def needs_approval(self) -> bool:
        """Whether the payouts of the day, the last one included, are above what the schedule sends without approvals."""
        return self.requested > settings().payout_approval_limit
