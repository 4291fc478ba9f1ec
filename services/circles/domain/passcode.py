"""Passcodes of 12 symbols out of 32: 60 bits.

With 1 million active passcodes and 100 guesses per second, a hit takes about 365 years.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.circles.domain.issuing import right_to_issue
from services.circles.domain.roles import Role
from services.circles.errors import PasscodeInactive, PasscodeUnclear
from services.shared.kernel.clock import in_china, next_version
from services.shared.kernel.pasted_text import Shape, find_shapes, format_symbols

if TYPE_CHECKING:
    from services.circles.domain.member import Member

_NAMES_PASSCODE = re.compile("口令|passcode|coterie", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passcode:
    """A stored passcode. `id` is the keyed hash of its symbols, which are stored nowhere.

    issued_with: the right of the issuer at that time (`IssuingRight.since`). The passcode ends with it.
    by_owner: whether the owner issued it; then it belongs to the ownership (`Member.owner_since`), and passes to a successor.
    lifetime: what it was issued for; a rotation changes `expires_at` alone. version: a use does not increase it.
    quarantined_at: when it was first reported as leaked. It is then revoked, and members who joined with it and are below
    `quarantined_by_role` need approval: the highest role that reported it, at that time.
    """

    id: str
    circle_id: str
    issuer: str
    created_at: datetime
    lifetime: timedelta
    expires_at: datetime
    max_uses: int
    version: int
    issued_with: int
    by_owner: bool = False
    uses: int = 0
    revoked: bool = False
    quarantined_at: datetime | None = None
    quarantined_by: str = ""
    quarantined_by_role: Role = Role.MEMBER

    @classmethod
    def issue(cls, passcode_id: str, issuer: Member, lifetime: timedelta, max_uses: int, *, at: datetime) -> Passcode:
        end, version = at + lifetime, next_version(0, at)
        right, by_owner = right_to_issue(issuer), issuer.owner_since > 0
        return cls(passcode_id, issuer.circle_id, issuer.user_id, at, lifetime, end, max_uses, version, right, by_owner)

    def issuer_now(self, owner: str) -> str:
        """Return the user whose right the passcode depends on; `owner` is the current owner of the circle."""
        return owner if self.by_owner else self.issuer

    def replacement(self, passcode_id: str, issuer: Member, *, at: datetime) -> Passcode:
        """Issue another passcode with the same lifetime and number of uses.

        Raises: PasscodeInactive.
        """
        if not self.is_active(at):
            raise PasscodeInactive
        return Passcode.issue(passcode_id, issuer, self.lifetime, self.max_uses, at=at)

    def expire_by(self, expires_at: datetime, *, at: datetime) -> Passcode:
        """Set an earlier end. A later one than the passcode has is ignored."""
        return replace(self, expires_at=min(self.expires_at, expires_at), version=next_version(self.version, at))

    def revoke(self, *, at: datetime) -> Passcode:
        """End the passcode at once. Unchanged if it is revoked."""
        return self if self.revoked else replace(self, revoked=True, version=next_version(self.version, at))

    def quarantine(self, by: str, by_role: Role, *, at: datetime) -> Passcode:
        """Revoke the passcode and mark it as leaked.

        Unchanged if the same or a higher rank has marked it. A higher rank extends the mark to members of more ranks.
        """
        if self.quarantined_at and by_role.rank <= self.quarantined_by_role.rank:
            return self
        after = replace(self, revoked=True, quarantined_by=by, quarantined_by_role=by_role)
        return replace(after, quarantined_at=self.quarantined_at or at, version=next_version(self.version, at))

    def is_active(self, at: datetime) -> bool:
        """Evaluated at each read. The item is never deleted, so that the same passcode is never issued again."""
        return not self.revoked and at < self.expires_at and self.uses < self.max_uses


def format_passcode(entropy: bytes) -> str:
    """Return a passcode made from at least 8 random bytes, in groups: `7KQ2-M0XV-9TRC`."""
    return format_symbols(entropy)


def share_texts(text: str, expires_at: datetime) -> dict[str, str]:
    """Return the texts to share a passcode with, by language. They do not name the circle, which stays private."""
    end = in_china(expires_at)
    return {
        "zh-CN": f"复制这段话，打开 Coterie App 就能进圈：{text}（{end.month}月{end.day}日 {end:%H:%M} 前有效）",
        "en": f"To join, copy this message and open the Coterie app: {text} (valid until {end.day} {end:%B %H:%M}, UTC+8)",
    }


def parse_passcode(text: str) -> str:
    """Return the 12 symbols of the passcode in a pasted text.

    Accepts every spelling of `pasted_text`, O for 0, I or l for 1, and words around the passcode.
    Raises: PasscodeUnclear (none, or more than one).
    """
    passcodes = find_passcodes(text) or _find_without_digits(text)
    if len(passcodes) != 1:
        raise PasscodeUnclear
    return passcodes.pop()


def _find_without_digits(text: str) -> set[str]:
    """Return the groups of 4 in lower case, joined by hyphens, that could be words: 1 passcode in 90 has no digit.

    They are meant only in a text that speaks of a passcode, as the texts to share do, and that has nothing else.
    """
    shapes = find_shapes(text) if _NAMES_PASSCODE.search(text) else []
    return {shape.symbols for shape in shapes if shape.gap == "-" and shape.is_exact and not shape.is_part}


def find_passcodes(text: str) -> set[str]:
    """Return the symbols of everything in a text that is meant as a passcode.

    Two shapes can overlap, as in `join 7KQ2 M0XV 9TRC`. Then the one without lookalikes is the passcode, and the other one
    includes a word beside it.
    """
    shapes = [shape for shape in find_shapes(text) if _is_meant(shape)]
    exact = [shape for shape in shapes if shape.is_exact]
    return {shape.symbols for shape in shapes if shape.is_exact or not any(map(shape.overlaps, exact))}


def _is_meant(shape: Shape) -> bool:
    """Return whether a shape is a passcode, not a number, an id or words. Alone in a text, it is one if it has a letter."""
    if shape.is_part or shape.typed.isdigit():
        return False
    if shape.is_alone:
        return True
    if shape.gap == "-":
        return shape.has_digits or shape.typed.isupper()
    if shape.gap == " ":
        return not shape.can_be_words and shape.mixed_groups > (0 if shape.is_exact else 1)
    return shape.mixed_groups > 0 and shape.is_one_case
