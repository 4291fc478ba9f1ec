"""Passcodes: 12 symbols of 32, 60 bits. With a million live codes a guesser at 100 a second needs some 365 years a hit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.circles.errors import PasscodeInactive, PasscodeUnclear
from services.shared.kernel.clock import CHINA

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
SYMBOLS = 12
LIFETIME = timedelta(hours=72)
MAX_USES = 50
FEW_USES = 5  # of a code that a regular member issues
GRACE = timedelta(hours=24)

_LOOKALIKES = str.maketrans("OIL", "011")
_SHAPE = re.compile(r"(?<![0-9A-Z])(?=([0-9A-TV-Z]{4}([ \-_.·—–]?)[0-9A-TV-Z]{4}\2[0-9A-TV-Z]{4})(?![0-9A-Z]))")


@dataclass(frozen=True, slots=True)
class Passcode:
    """A code as it is kept: `id` is its keyed hash, the code itself is nowhere. One that got about is quarantined: revoked, and
    who came in by it waits to be let in anew. `life` is what it was issued for, wherever a rotation brought its end."""

    id: str
    circle_id: str
    issuer: str
    created_at: datetime
    life: timedelta
    ends_at: datetime
    max_uses: int
    uses: int = 0
    revoked: bool = False
    quarantined_at: datetime | None = None
    quarantined_by: str = ""

    @classmethod
    def issue(cls, passcode_id: str, circle_id: str, issuer: str, life: timedelta, max_uses: int, *, at: datetime) -> Passcode:
        return cls(passcode_id, circle_id, issuer, at, life, at + life, max_uses)

    def successor(self, passcode_id: str, issuer: str, *, at: datetime) -> Passcode:
        """A new code for as long and as many as this one was issued for."""
        if not self.opens(at):
            raise PasscodeInactive
        return Passcode.issue(passcode_id, self.circle_id, issuer, self.life, self.max_uses, at=at)

    def opens(self, at: datetime) -> bool:
        """Judged when read: the row outlives its code, so that the code is never issued again."""
        return not self.revoked and at < self.ends_at and self.uses < self.max_uses


def spell_passcode(entropy: bytes) -> str:
    """A code from at least 8 random bytes, as it is shown: `7KQ2-M0XV-9TRC`."""
    bits = int.from_bytes(entropy[:8], "big")
    symbols = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(SYMBOLS))
    return "-".join(symbols[start : start + 4] for start in range(0, SYMBOLS, 4))


def share_texts(text: str, ends_at: datetime) -> dict[str, str]:
    """What to pass a code on with, by language. It names no circle: whoever reads it learns nothing but the code."""
    day = ends_at.astimezone(CHINA)
    return {
        "zh-CN": f"【口令】{text} 复制整段文字，打开应用即可进圈。{day:%m月%d日 %H:%M} 前有效。",
        "en": f"Passcode {text}: paste all of this into the app to join. Valid until {day:%d %B, %H:%M} (UTC+8).",
    }


def parse_passcode(text: str) -> str:
    """The 12 symbols in what a phone pasted: full-width, lower case, grouped, O for 0, I or l for 1, words around it.
    PasscodeUnclear when there is none or more than one."""
    found = find_passcodes(text)
    if len(found) != 1:
        raise PasscodeUnclear
    return found.pop()


def find_passcodes(text: str) -> set[str]:
    """Everything in a text that has the shape of a passcode. In `join 7KQ2 M0XV 9TRC` two of that shape overlap; what is
    spelled as codes are shown is one, what needs lookalikes read is then a word beside it."""
    folded = re.sub(r"[ \t\r\n]+", " ", unicodedata.normalize("NFKC", text).upper())
    shaped = [(match.span(1), re.sub(r"[^0-9A-Z]", "", match[1])) for match in _SHAPE.finditer(folded)]
    shown = [span for span, symbols in shaped if symbols == symbols.translate(_LOOKALIKES)]

    def is_word(span: tuple[int, int]) -> bool:
        return span not in shown and any(start < span[1] and span[0] < end for start, end in shown)

    return {symbols.translate(_LOOKALIKES) for span, symbols in shaped if not is_word(span)}
