"""The codes of coupons: 12 symbols out of 32, 60 bits, as passcodes. A user can guess 5 wrong ones in 10 minutes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from services.commerce.errors import CouponCodeLocked, CouponCodeUnclear
from services.commerce.settings import settings
from services.shared.kernel.pasted_text import find_shapes, format_symbols
from services.shared.security.guesses import GuessAttempts, GuessRules

HASH_LENGTH = 32  # hexadecimal digits: 128 bits


def derive_code(secret: bytes, coupon_id: str) -> str:
    """Return the code of a coupon as text, with 60 bits from a keyed pseudo-random function. It is stored nowhere."""
    return format_symbols(hmac.new(secret, f"entropy {coupon_id}".encode(), hashlib.sha256).digest())


def hash_code(secret: bytes, circle_id: str, symbols: str) -> str:
    """Return the keyed hash of a code, which differs from circle to circle."""
    return hmac.new(secret, f"coupon {circle_id} {symbols}".encode(), hashlib.sha256).hexdigest()[:HASH_LENGTH]


def symbols_of(code: str) -> str:
    return code.replace("-", "")


def parse_code(text: str) -> str:
    """Return the 12 symbols of the code in a pasted text, in every spelling that passcodes can have.

    Raises: CouponCodeUnclear (none, or more than one).
    """
    found = {shape.symbols for shape in find_shapes(text) if not shape.is_part}
    if len(found) != 1:
        raise CouponCodeUnclear
    return found.pop()


def _rules() -> GuessRules:
    now = settings()
    return GuessRules(
        now.code_guess_window, now.max_wrong_codes, now.code_guess_lock, settings().rate("claim"), CouponCodeLocked
    )


class CodeAttempts(GuessAttempts):
    """The attempts of one user to guess codes of coupons, in all circles."""

    __slots__ = ()

    def add(self, *, at: datetime) -> CodeAttempts:
        """Add an attempt. Raises: CouponCodeLocked, RateLimitReached."""
        return self.add_under(_rules(), at=at)

    def remove_last(self, *, at: datetime) -> CodeAttempts:
        """Remove the attempt of a right code."""
        return self.remove_last_under(_rules(), at=at)
