"""Shipments: carrier and tracking number."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints, model_validator

from services.commerce.domain import Parcel, Shipment
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Text

Carrier = Annotated[str, Text(40, is_line=True)]
TrackingNumber = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9-]{5,40}$")]


class ShipmentRequest(RequestModel):
    """Who carries the order, and under which number. Without both, the seller delivers it in person."""

    carrier: Carrier | None = None
    tracking_number: TrackingNumber | None = None

    @model_validator(mode="after")
    def _require_both(self) -> ShipmentRequest:
        if (self.carrier is None) != (self.tracking_number is None):
            raise ValueInvalid("must-have-carrier-and-number")
        return self

    @property
    def parcel(self) -> Parcel:
        return Parcel(self.carrier or "", self.tracking_number or "")


class ShipmentResponse(ResponseModel):
    """A shipment. Carrier and tracking number are empty if the seller delivers in person."""

    carrier: str
    tracking_number: str
    shipped_at: Moment

    @classmethod
    def of(cls, shipment: Shipment) -> ShipmentResponse:
        parcel = shipment.parcel
        return cls(carrier=parcel.carrier, tracking_number=parcel.tracking_number, shipped_at=shipment.shipped_at)
