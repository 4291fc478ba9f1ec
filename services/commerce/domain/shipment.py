"""Shipments: who carries an order to its buyer, and under which number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.commerce.errors import ShipmentFinal
from services.commerce.settings import settings


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the seller says of a shipment. Without carrier and tracking number, the seller delivers it in person."""

    carrier: str = ""
    tracking_number: str = ""


IN_PERSON = Parcel()


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment of an order. is_corrected: whether the seller has changed carrier or tracking number."""

    parcel: Parcel
    shipped_at: datetime
    is_corrected: bool = False

    def correct(self, parcel: Parcel, *, at: datetime) -> Shipment:
        """Change carrier and tracking number, once, soon after the shipment. Unchanged if they are the same.

        Raises: ShipmentFinal.
        """
        if parcel == self.parcel:
            return self
        if self.is_corrected or at >= self.shipped_at + settings().shipment_correction_window:
            raise ShipmentFinal
        return replace(self, parcel=parcel, is_corrected=True)
