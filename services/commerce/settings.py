"""The settings of the commerce service. An order keeps the shares that were in force when it was placed."""

from __future__ import annotations

from datetime import timedelta

from services.commerce.terms_settings import TermsSettings
from services.shared.kernel.settings import Flag, InForce, burst, interval, setting
from services.shared.pictures.settings import PictureSettings
from services.shared.security.selling import SellingSettings

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class CommerceSettings(PictureSettings, TermsSettings, SellingSettings):
    """Shares are in basis points of the total: 100 is 1%."""

    ORDER = (*PictureSettings.ORDER, *TermsSettings.ORDER, ("max_pictures_of_newcomer", "max_pictures"))

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
    payout_burst: int = burst(5, "request a payout")
    payout_interval: timedelta = interval(MINUTE, "payout")
    change_burst: int = burst(60, "change a listing")
    change_interval: timedelta = interval(2 * SECOND, "change")
    max_price: int = setting(10**9, 100, 10**9, "The highest price per unit of a listing, in fen.")
    max_stock: int = setting(100_000, 1, 100_000, "The most units that a listing, or an option of it, can have in stock.")
    divided_stock_from: int = setting(
        1_000,
        2,
        100_000,
        "The number of units from which on a listing without options is sold from several items of the table.",
    )
    stock_shards: int = setting(32, 2, 64, "The number of items that a large stock is divided over.")
    max_description_length: int = setting(5000, 0, 5000, "The most characters of the description of a listing.")
    max_options: int = setting(20, 0, 20, "The most options of a listing that are on sale.")
    max_pictures: int = setting(9, 0, 9, "The most pictures of a listing.")
    max_pictures_of_newcomer: int = setting(3, 0, 9, "The most pictures of a newcomer's listing.")
    max_mentions_of_newcomer: int = setting(2, 0, 50, "The most mentions in the texts of a newcomer's listing.")
    max_quantity: int = setting(10, 1, 100, "The most units of a listing in one order.")
    minor_monthly_spending: int = setting(
        40_000, 0, 10**7, "The most that a minor spends in a month of China, in fen, over all users of one identity."
    )
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
    min_payout: int = setting(100, 1, 10**6, "The least amount of a payout, in fen. A smaller balance stays at a deletion.")
    payout_approval_limit: int = setting(
        5_000_000, 0, 10**11, "The sum of a user's payouts per day, in fen, above which two operators must approve a payout."
    )
    payout_hold: timedelta = setting(
        72 * HOUR, timedelta(0), 30 * DAY, "How long nothing is paid after a user has changed their account for payouts."
    )
    payout_retry_interval: timedelta = setting(
        HOUR, MINUTE, DAY, "How long the schedule waits before it requests an unconfirmed payout again."
    )
    payout_case_after: timedelta = setting(
        3 * DAY, HOUR, 30 * DAY, "How long a payout can stay unconfirmed before reviewers get a case."
    )
    reconciliation_delay: timedelta = setting(
        6 * HOUR, timedelta(0), 3 * DAY, "How long after a day the provider's list of its movements counts as complete."
    )
    return_burst: int = burst(10, "request a return")
    return_interval: timedelta = interval(MINUTE, "request for a return")
    dispute_burst: int = burst(5, "open a dispute")
    dispute_interval: timedelta = interval(10 * MINUTE, "dispute")
    max_disputes: int = setting(2, 1, 10, "The most disputes of one order, also withdrawn ones.")
    return_response_period: timedelta = setting(
        48 * HOUR, HOUR, 30 * DAY, "How long a seller can respond to a request for a return before it is approved."
    )
    return_sending_period: timedelta = setting(
        7 * DAY, DAY, 60 * DAY, "How long a buyer can send the units of an approved return before it ends."
    )
    return_receipt_period: timedelta = setting(
        10 * DAY, DAY, 60 * DAY, "How long after the units were sent a return counts as received by the seller."
    )
    freeze_grace: timedelta = setting(
        3 * DAY, HOUR, 30 * DAY, "How long a buyer has after a dispute or a rejected return, before receipt or release."
    )
    statement_retention: timedelta = setting(
        180 * DAY, DAY, 3650 * DAY, "How long the texts of a return or dispute are kept after it ended."
    )
    webhook_tolerance: timedelta = setting(
        5 * MINUTE, MINUTE, 15 * MINUTE, "How far the signing time of a payment event can be from now."
    )
    address_retention: timedelta = setting(
        180 * DAY, DAY, 1095 * DAY, "How long after the end of an order its delivery address is erased."
    )
    touch_burst: int = burst(30, "report that they opened cards")
    touch_interval: timedelta = interval(5 * SECOND, "report of opened cards")
    max_touches: int = setting(8, 1, 8, "The most opened cards of a listing that are stored of one buyer.")
    card_token_lifetime: timedelta = setting(DAY, HOUR, 7 * DAY, "How long after it was shown a card can count as opened.")
    min_card_view: timedelta = setting(
        SECOND, timedelta(0), MINUTE, "How soon after it was shown a card can count as opened: a program opens it at once."
    )
    note_attribution_window: timedelta = setting(
        30 * DAY, DAY, 90 * DAY, "How long before an order a card of a note that the buyer opened can have led to it."
    )
    message_attribution_window: timedelta = setting(
        7 * DAY, DAY, 90 * DAY, "How long before an order a card of a message that the buyer opened can have led to it."
    )
    trade_search_period: timedelta = setting(
        30 * DAY, 7 * DAY, 90 * DAY, "How long paid orders are stored for the search for wash trade, and compared."
    )
    trade_search_interval: timedelta = setting(
        HOUR, 10 * MINUTE, DAY, "How often the paid orders of a circle are searched for wash trade, if it has new ones."
    )
    genuine_trade_memory: timedelta = setting(
        180 * DAY, DAY, 730 * DAY, "How long users whose trades a reviewer found genuine are not reported again as a group."
    )
    max_address_reads_per_hour: int = setting(200, 1, 10_000, "The most delivery addresses that a seller reads per hour.")


# What a buyer can pay with.
WECHAT_PAY, ALIPAY, CARD = "wechat_pay", "alipay", "card"
settings = InForce(
    CommerceSettings,
    Flag(WECHAT_PAY, True, "The provider's page offers WeChat Pay."),
    Flag(ALIPAY, True, "The provider's page offers Alipay."),
    Flag(CARD, True, "The provider's page offers cards."),
)
