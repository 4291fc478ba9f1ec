"""The settings of the terms of sale: shares, periods and promises of each kind of listing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from services.shared.kernel.settings import Settings, setting

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHOP, PICK, OWN, C2C, VOUCHER = (
    "the circle's shop",
    "a buyer's pick",
    "the owner's own product",
    "one member to another",
    "a local voucher",
)


def share(default: int, whose: str, of: str) -> Any:
    """Declare a share of a sale, in basis points of the total."""
    return setting(default, 0, 3000, f"The {whose} on a sale of {of}.")


def receipt(days: int, of: str) -> Any:
    return setting(days * DAY, DAY, 60 * DAY, f"How long after shipment a sale of {of} counts as received.")


def returns(days: int, of: str) -> Any:
    effect = f"How long after receipt the buyer can return a sale of {of}, and the commission on it is pending."
    return setting(days * DAY, timedelta(0), 60 * DAY, effect)


def promise(hours: int, of: str) -> Any:
    effect = f"Within which time after payment a sale of {of} is shipped, unless its seller promises another one."
    return setting(hours * HOUR, HOUR, 30 * DAY, effect)


def longest_promise(days: int, of: str) -> Any:
    return setting(days * DAY, HOUR, 30 * DAY, f"The longest promise of shipping on a sale of {of}.")


class TermsSettings(Settings):
    """The terms of each kind of listing. A sale keeps the shares that were in force when it was placed."""

    ORDER: ClassVar[tuple[tuple[str, str], ...]] = (
        ("merchant_ships_within", "merchant_max_ships_within"),
        ("pick_ships_within", "pick_max_ships_within"),
        ("own_ships_within", "own_max_ships_within"),
        ("c2c_ships_within", "c2c_max_ships_within"),
        ("voucher_ships_within", "voucher_max_ships_within"),
    )

    merchant_platform_share: int = share(500, "platform's share", SHOP)
    merchant_owner_share: int = share(300, "circle owner's commission", SHOP)
    merchant_auto_confirm_after: timedelta = receipt(10, SHOP)
    merchant_return_window: timedelta = returns(7, SHOP)
    merchant_ships_within: timedelta = promise(48, SHOP)
    merchant_max_ships_within: timedelta = longest_promise(15, SHOP)
    pick_platform_share: int = share(500, "platform's share", PICK)
    pick_owner_share: int = share(200, "circle owner's commission", PICK)
    pick_auto_confirm_after: timedelta = receipt(10, PICK)
    pick_return_window: timedelta = returns(7, PICK)
    pick_ships_within: timedelta = promise(72, PICK)
    pick_max_ships_within: timedelta = longest_promise(30, PICK)
    own_platform_share: int = share(500, "platform's share", OWN)
    own_owner_share: int = share(0, "circle owner's commission", OWN)
    own_auto_confirm_after: timedelta = receipt(10, OWN)
    own_return_window: timedelta = returns(7, OWN)
    own_ships_within: timedelta = promise(48, OWN)
    own_max_ships_within: timedelta = longest_promise(15, OWN)
    c2c_platform_share: int = share(100, "platform's share", C2C)
    c2c_owner_share: int = share(0, "circle owner's commission", C2C)
    c2c_auto_confirm_after: timedelta = receipt(10, C2C)
    c2c_return_window: timedelta = returns(7, C2C)
    c2c_ships_within: timedelta = promise(72, C2C)
    c2c_max_ships_within: timedelta = longest_promise(7, C2C)
    voucher_platform_share: int = share(300, "platform's share", VOUCHER)
    voucher_owner_share: int = share(300, "circle owner's commission", VOUCHER)
    voucher_auto_confirm_after: timedelta = receipt(30, VOUCHER)
    voucher_return_window: timedelta = returns(7, VOUCHER)
    voucher_ships_within: timedelta = promise(24, VOUCHER)
    voucher_max_ships_within: timedelta = longest_promise(3, VOUCHER)
