"""Addresses: of the user's address book, and of an order."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from services.commerce.domain.address import Address
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.ids import PATTERNS
from services.shared.kernel.text import Text

AddressId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['address_id']}$")]
# With these bounds an address is at most 3.2 KB, below the 4 KB that KMS encrypts itself.
Recipient = Annotated[str, Text(30, is_line=True)]
Region = Annotated[str, Text(20, is_line=True)]
Street = Annotated[str, Text(100, is_line=True)]


def require_phone_number(text: str) -> str:
    """Require 5 to 20 digits, with the signs between them that people write."""
    digits = text.translate({ord(sign): None for sign in "+- ()"})
    if not (digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 20):
        raise ValueInvalid("must-be-phone-number")
    return text


Phone = Annotated[str, Text(30, is_line=True), AfterValidator(require_phone_number)]


class AddressRequest(RequestModel):
    """Place and recipient of a delivery."""

    recipient: Recipient
    phone: Phone
    province: Region
    city: Annotated[str, Text(20, is_line=True, can_be_empty=True)] = ""
    district: Annotated[str, Text(20, is_line=True, can_be_empty=True)] = ""
    street: Street

    def to_address(self) -> Address:
        return Address(**self.model_dump())


class OrderAddressRequest(RequestModel):
    """Which address of the buyer's address book an order gets a copy of."""

    address_id: AddressId


class DeliveryAddressResponse(ResponseModel):
    """Place and recipient of the delivery of an order."""

    recipient: str
    phone: str
    province: str
    city: str
    district: str
    street: str

    @classmethod
    def of(cls, address: Address) -> DeliveryAddressResponse:
        return cls(**asdict(address))


class AddressResponse(DeliveryAddressResponse):
    """An address of your own. In a list, recipient, phone and street are masked."""

    address_id: str
    etag: str

    @classmethod
    def of_own(cls, own: tuple[str, int, Address]) -> AddressResponse:
        address_id, version, address = own
        return cls(address_id=address_id, etag=str(version), **asdict(address))
