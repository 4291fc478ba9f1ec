"""How the money of an order divides between its payees."""

from __future__ import annotations

from dataclasses import dataclass

from services.commerce.domain.money import Money


@dataclass(frozen=True, slots=True)
class Shares:
    """How the total divides between seller, platform and circle owner. The three always sum to the total."""

    seller: Money
    platform: Money
    owner: Money

    @classmethod
    def of(cls, total: Money, platform_share: int, owner_share: int) -> Shares:
        """Divide by basis points. Platform and owner are rounded down; the seller gets the rest."""
        platform, owner = total.share(platform_share), total.share(owner_share)
        return cls(total - platform - owner, platform, owner)
