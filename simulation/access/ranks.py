"""Which member can act on which other member, by rank. Written by hand: no service reads it.

The acts are kick, ban, mute, lifting, approval, role and quarantine. A member never acts on themselves.
"""

from __future__ import annotations

RANKS = ("member", "buyer", "moderator", "co_owner", "owner")  # `member` is every ordinary member: newcomer, member, regular

# Columns: the target is a member, buyer, moderator, co-owner, owner. x: can be kicked, banned, muted, lifted, approved,
# quarantined.
TARGETS = """
member     . . . . .
buyer      . . . . .
moderator  x x . . .
co_owner   x x x . .
owner      x x x x .
"""
# The same for setting the role of the target to a lower one than that of the actor.
ROLE_TARGETS = """
member     . . . . .
buyer      . . . . .
moderator  . . . . .
co_owner   x x x . .
owner      x x x x .
"""
# Columns: the role that is assigned to a member: member, buyer, moderator, co-owner, owner.
ASSIGNED = """
member     . . . . .
buyer      . . . . .
moderator  . . . . .
co_owner   x x x . .
owner      x x x x .
"""
# Columns: the sanction in force is of none, a moderator, a co-owner, the owner. x: can be replaced by a shorter one, or lifted.
IN_FORCE = """
member     . . . .
buyer      . . . .
moderator  x x . .
co_owner   x x x .
owner      x x x x
"""
IMPOSERS = ("none", "moderator", "co_owner", "owner")


def table(text: str, columns: tuple[str, ...] = RANKS) -> dict[tuple[str, str], bool]:
    """Return whether the act is allowed, by the actor's rank and the column."""
    rows = [line.split() for line in text.strip().splitlines()]
    return {(row[0], column): cell == "x" for row in rows for column, cell in zip(columns, row[1:], strict=True)}
