"""The parties of a sale: buyer, seller and circle owner, with what decides their rights to buy and to be paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.shared.security.account_status import NO_SANCTION, AccountStatus, SanctionLevel
from services.shared.security.age import is_minor_on


@dataclass(frozen=True, slots=True)
class Party:
    """A user in a sale.

    user_id: empty for an owner that commerce does not know yet.
    identity_ids: every identity that the user was ever verified under. minors: of those of minors, when each turns 18.
    """

    user_id: str
    account_status: AccountStatus = NO_SANCTION
    identity_ids: frozenset[str] = frozenset()
    minors: Mapping[str, date] = field(default_factory=dict)

    def has_identity_of(self, other: Party) -> bool:
        """Whether both are the same user, or known users of the same person."""
        return self.user_id == other.user_id or not self.identity_ids.isdisjoint(other.identity_ids)

    def list_minor_ids(self, now: datetime) -> tuple[str, ...]:
        """Return the identities of this user that are minors now: all users of one share its cap."""
        return tuple(sorted(identity_id for identity_id, day in self.minors.items() if is_minor_on(day, now)))

    def is_payout_blocked(self, now: datetime) -> bool:
        """Whether a sanction blocks payouts to this user now."""
        return self.account_status.at(now).includes(SanctionLevel.RESTRICTED)


class Payee(StrEnum):
    """A party whose share of a divided escrow can wait. The platform's never does."""

    SELLER = "seller"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Parties:
    buyer: Party
    seller: Party
    owner: Party

    @property
    def is_own_purchase(self) -> bool:
        """Whether the buyer is the seller, also under another user."""
        return self.buyer.has_identity_of(self.seller)

    @property
    def owner_earns(self) -> bool:
        """Whether the owner earns a commission: not on a purchase or a sale of their own, also under another user."""
        is_party = self.owner.has_identity_of(self.buyer) or self.owner.has_identity_of(self.seller)
        return bool(self.owner.user_id) and not is_party

    def get_payee(self, payee: Payee) -> Party:
        """Return who gets a share. The pending commission of an owner who does not earn belongs to the seller."""
        return self.owner if payee is Payee.OWNER and self.owner_earns else self.seller
