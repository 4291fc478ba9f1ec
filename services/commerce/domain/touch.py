"""Touches: the cards of a listing that a buyer opened, by the tokens that circles and chat signed when they showed them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.commerce.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.security.card_tokens import CardToken


class IgnoredReason(StrEnum):
    """Why a token is not counted as a touch."""

    FORGED = "forged"
    NOT_OWN = "not_own"
    OTHER_CIRCLE = "other_circle"
    EXPIRED = "expired"
    TOO_SOON = "too_soon"
    OWN_CONTENT = "own_content"
    REPEATED = "repeated"
    TOO_MANY = "too_many"


def find_flaw(token: CardToken, circle_id: str, reader_id: str, at: datetime) -> IgnoredReason | None:
    """Return why a signed token cannot be counted for a reader in a circle; None if it can.

    A token of another reader is worthless, so a stolen one is too. A program that opens each card at once is too soon.
    """
    age = at - token.issued_at
    flaws = {
        IgnoredReason.NOT_OWN: not token.is_of(reader_id),
        IgnoredReason.OTHER_CIRCLE: token.circle_id != circle_id,
        IgnoredReason.EXPIRED: age >= settings().card_token_lifetime,
        IgnoredReason.TOO_SOON: age < settings().min_card_view,
    }
    return next((reason for reason, is_flawed in flaws.items() if is_flawed), None)


@dataclass(frozen=True, slots=True)
class Touch:
    """That a buyer opened a card.

    at: when commerce received the token, by its own clock.
    """

    token: CardToken
    at: datetime


@dataclass(frozen=True, slots=True)
class Touches:
    """The last touches of a buyer with a listing, the oldest first."""

    circle_id: str
    buyer_id: str
    listing_id: str
    touches: tuple[Touch, ...] = ()
    version: int = 0

    def find_flaw(self, token: CardToken, at: datetime) -> IgnoredReason | None:
        """Return why a token is not counted again, or not yet; None if it is counted.

        The oldest touch makes room only once its token has expired. So every token that has not expired is among these, and
        none counts twice.
        """
        if token in (touch.token for touch in self.touches):
            return IgnoredReason.REPEATED
        is_full = len(self.touches) >= settings().max_touches
        if is_full and at - self.touches[0].token.issued_at < settings().card_token_lifetime:
            return IgnoredReason.TOO_MANY
        return None

    def add(self, token: CardToken, *, at: datetime) -> Touches:
        """Return the touches with one more. Unchanged if the token has a flaw."""
        if self.find_flaw(token, at):
            return self
        kept = (*self.touches, Touch(token, at))[-settings().max_touches :]
        return replace(self, touches=kept, version=next_version(self.version, at))

    @property
    def last_at(self) -> datetime | None:
        return self.touches[-1].at if self.touches else None
