"""The settings of the commerce service. An order keeps the shares that were in force when it was placed."""

from __future__ import annotations

from datetime import timedelta

from services.shared.kernel.settings import Flag, InForce, Settings, burst, interval, setting

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class CommerceSettings(Settings):
    """Shares are in basis points of the total: 100 is 1%."""

    listing_burst: int = burst(10, "create a listing")
    listing_interval: timedelta = interval(MINUTE, "listing")
    order_burst: int = burst(10, "place an order")
    order_interval: timedelta = interval(30 * SECOND, "order")
    payment_burst: int = burst(10, "start a payment")
    payment_interval: timedelta = interval(10 * SECOND, "start of a payment")
    refund_burst: int = burst(10, "refund an order")
    refund_interval: timedelta = interval(MINUTE, "refund")
    coupon_burst: int = burst(10, "create a coupon")
    coupon_interval: timedelta = interval(MINUTE, "coupon")
    claim_burst: int = burst(10, "claim a coupon or enter a code")
    claim_interval: timedelta = interval(5 * SECOND, "claim")
    max_coupon_uses: int = setting(100_000, 1, 100_000, "The most orders that can use a new coupon.")
    max_coupon_lifetime: timedelta = setting(365 * DAY, DAY, 365 * DAY, "How long from now a new coupon can last.")
    code_guess_window: timedelta = setting(
        10 * MINUTE, MINUTE, 12 * HOUR, "The time in which wrong codes of coupons are counted together."
    )
    max_wrong_codes: int = setting(5, 2, 20, "The number of wrong codes of coupons in a window that locks a user.")
    code_guess_lock: timedelta = setting(30 * MINUTE, MINUTE, DAY, "How long a user is locked after too many wrong codes.")
    report_burst: int = burst(10, "report a listing")
    report_interval: timedelta = interval(MINUTE, "report")
    change_burst: int = burst(60, "change a listing")
    change_interval: timedelta = interval(2 * SECOND, "change")
    max_price: int = setting(10**9, 100, 10**9, "The highest price per unit of a listing, in fen.")
    max_stock: int = setting(100_000, 1, 100_000, "The most units that a new listing can have in stock.")
    max_mentions_of_newcomer: int = setting(2, 0, 50, "The most mentions in the title of a newcomer's listing.")
    max_quantity: int = setting(10, 1, 100, "The most units of a listing in one order.")
    max_open_reservations: int = setting(5, 1, 50, "The most unpaid orders that one buyer has at the same time.")
    max_reserved_units: int = setting(10, 1, 1000, "The most units of a listing in the unpaid orders of one buyer.")
    reservation_cool_down: timedelta = setting(
        30 * MINUTE, timedelta(0), DAY, "How long an order that expired unpaid counts as an unpaid order."
    )
    reservation_lifetime: timedelta = setting(
        15 * MINUTE, MINUTE, DAY, "How long an order reserves its units before it is paid."
    )
    refund_retry_interval: timedelta = setting(
        5 * MINUTE, MINUTE, DAY, "How long the schedule waits before it requests an unconfirmed refund again."
    )
    refund_case_after: timedelta = setting(
        HOUR, MINUTE, 30 * DAY, "How long a refund can stay unconfirmed, or precede its capture, before reviewers get a case."
    )
    shipment_correction_window: timedelta = setting(
        DAY, HOUR, 7 * DAY, "How long after a shipment its seller can correct carrier and tracking number, once."
    )
    payout_postponement: timedelta = setting(
        DAY, HOUR, 30 * DAY, "How long a payout that a sanction blocks waits before it is evaluated again."
    )
    webhook_tolerance: timedelta = setting(
        5 * MINUTE, MINUTE, 15 * MINUTE, "How far the signing time of a payment event can be from now."
    )
    merchant_platform_share: int = setting(500, 0, 3000, "The platform's share of a sale of the circle's shop.")
    merchant_owner_share: int = setting(300, 0, 3000, "The circle owner's commission on a sale of the circle's shop.")
    merchant_ships_within: timedelta = setting(
        2 * DAY, HOUR, 30 * DAY, "How long after the payment the seller must ship a sale of the circle's shop."
    )
    merchant_auto_confirm_after: timedelta = setting(
        10 * DAY, DAY, 60 * DAY, "How long after shipment a sale of the circle's shop counts as received."
    )
    merchant_return_window: timedelta = setting(
        7 * DAY, timedelta(0), 60 * DAY, "How long the commission on a sale of the circle's shop is pending after receipt."
    )
    c2c_platform_share: int = setting(100, 0, 3000, "The platform's share of a sale between two members.")
    c2c_owner_share: int = setting(0, 0, 3000, "The circle owner's commission on a sale between two members.")
    c2c_ships_within: timedelta = setting(
        3 * DAY, HOUR, 30 * DAY, "How long after the payment the seller must ship a sale between two members."
    )
    c2c_auto_confirm_after: timedelta = setting(
        10 * DAY, DAY, 60 * DAY, "How long after shipment a sale between two members counts as received."
    )
    c2c_return_window: timedelta = setting(
        timedelta(0), timedelta(0), 60 * DAY, "How long a sale between two members stays open after receipt."
    )


# What a buyer can pay with.
WECHAT_PAY, ALIPAY, CARD = "wechat_pay", "alipay", "card"
settings = InForce(
    CommerceSettings,
    Flag(WECHAT_PAY, True, "The provider's page offers WeChat Pay."),
    Flag(ALIPAY, True, "The provider's page offers Alipay."),
    Flag(CARD, True, "The provider's page offers cards."),
)
