"""The scenarios of cards, orders, payments and refunds."""

from __future__ import annotations

from datetime import timedelta

from services.commerce import usecases as commerce
from services.shared.security.account_status import SanctionLevel
from tests.kill.actions import (
    HAO,
    LISTING,
    MEI,
    ORDER,
    ORDER_KEY,
    RIVAL_KEY,
    RUI,
    YAN,
    impose_sanction,
    place_order,
    remove_listing,
    run_commerce_schedule,
    send,
    withdraw_listing,
)
from tests.kill.payments import (
    capture_payment,
    capture_second_payment,
    fail_payment,
    fail_refund_of_second_payment,
    lose_chargeback,
    open_chargeback,
    refund_payment,
    refund_second_payment,
    win_chargeback,
)
from tests.kill.scenario import Scenario

TRADES = (
    Scenario("send-card", send("看看", LISTING), "create-listing"),
    Scenario("place-order", place_order(HAO, ORDER_KEY), "create-listing"),
    Scenario("pay", capture_payment, "place-order"),
    Scenario("expire-order", run_commerce_schedule, "place-order", timedelta(minutes=16)),
    Scenario("pay-late", capture_payment, "expire-order"),
    Scenario("order-again", place_order(YAN, RIVAL_KEY), "expire-order"),
    Scenario("pay-too-late", capture_payment, "order-again"),
    Scenario("request-refund", run_commerce_schedule, "pay-too-late"),
    Scenario("refund", refund_payment, "request-refund"),
    Scenario("pay-late-before-the-schedule", capture_payment, "place-order", timedelta(minutes=16)),
    Scenario("pay-again", capture_second_payment, "pay"),
    Scenario("fail-refund", fail_refund_of_second_payment, "pay-again"),
    Scenario("return-payment", refund_second_payment, "pay-again"),
    Scenario("refund-at-the-provider", refund_payment, "pay"),
    Scenario("refund-after-receipt", refund_payment, "confirm-receipt"),
    Scenario("refund-before-capture", refund_payment, "place-order"),
    Scenario("capture-after-refund", capture_payment, "refund-before-capture"),
    Scenario("report-payment", run_commerce_schedule, "refund-before-capture", timedelta(hours=2)),
    Scenario("fail-payment", fail_payment, "place-order"),
    Scenario("open-chargeback", open_chargeback, "pay"),
    Scenario("win-chargeback", win_chargeback, "open-chargeback"),
    Scenario("lose-chargeback", lose_chargeback, "open-chargeback"),
    Scenario("win-chargeback-before-capture", win_chargeback, "place-order"),
    Scenario("charge-back-before-capture", open_chargeback, "place-order"),
    Scenario("capture-after-chargeback", capture_payment, "charge-back-before-capture"),
    Scenario("charge-back-after-receipt", open_chargeback, "confirm-receipt"),
    Scenario("win-chargeback-after-receipt", win_chargeback, "charge-back-after-receipt"),
    Scenario("withdraw-listing", withdraw_listing, "create-listing"),
    Scenario("remove-listing", remove_listing, "create-listing"),
    Scenario("ship", lambda simulation: commerce.ship_order(simulation.commerce, MEI, ORDER), "pay"),
    Scenario("confirm-receipt", lambda simulation: commerce.confirm_receipt(simulation.commerce, HAO, ORDER), "ship"),
    Scenario("auto-confirm", run_commerce_schedule, "ship", timedelta(days=11)),
    Scenario("release-commission", run_commerce_schedule, "confirm-receipt", timedelta(days=8)),
    Scenario("suspend-seller", impose_sanction(RUI, SanctionLevel.SUSPENDED, emergency=True, target=MEI), "ship"),
    Scenario(
        "confirm-receipt-of-a-suspended-seller",
        lambda simulation: commerce.confirm_receipt(simulation.commerce, HAO, ORDER),
        "suspend-seller",
    ),
    Scenario("release-share", run_commerce_schedule, "confirm-receipt-of-a-suspended-seller", timedelta(days=2)),
)
