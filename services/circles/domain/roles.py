"""The roles of a circle's members, and the trust of ordinary members."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Trust(IntEnum):
    """The level of an ordinary member, earned by reading and by likes received, never by the number of posts."""

    NEWCOMER = 0
    MEMBER = 1
    REGULAR = 2


class Role(StrEnum):
    """The role of a member. Newcomer, member and regular follow from trust; a higher role assigns the others."""

    OWNER = "owner"
    CO_OWNER = "co_owner"
    MODERATOR = "moderator"
    BUYER = "buyer"
    REGULAR = "regular"
    MEMBER = "member"
    NEWCOMER = "newcomer"

    @property
    def rank(self) -> int:
        """The rank for moderation: a member can moderate lower ranks only. Ordinary members all have rank 0."""
        return {Role.OWNER: 4, Role.CO_OWNER: 3, Role.MODERATOR: 2, Role.BUYER: 1}.get(self, 0)


ROLE_BY_TRUST = {Trust.NEWCOMER: Role.NEWCOMER, Trust.MEMBER: Role.MEMBER, Trust.REGULAR: Role.REGULAR}
ROLES_OF_TRUST = frozenset({Role.CO_OWNER, Role.MODERATOR, Role.BUYER})  # in effect once their member accepts
ASSIGNABLE_ROLES = ROLES_OF_TRUST | {Role.MEMBER}
