"""Fields of the commerce service. Amounts are integers of the minor unit (fen)."""

from __future__ import annotations

from services.shared.http.glossary.entry import OTHER_USER, ULID, USER, Entry

FIELDS: dict[str, Entry] = {
    "balance": ("The balance in the minor unit. A debit balance is positive.", -129_00),
    "buyer_id": ("Id of the user who places the order.", USER),
    "WebhookEventRequest.captured_at": ("When the provider captured the payment; required for `payment.captured`.",),
    "chargeback_id": ("The provider's id of the chargeback; required for the events of chargebacks.", "cb_1001"),
    "disclosure": ("Who is responsible for the sale. The buyer must read it before paying.",),
    "event_id": ("The provider's id of the event. A repeated event has the same id.", "evt_1"),
    "kind": ("Whether the circle's shop sells it, or one member to another.",),
    "ledger_account": ("Name of the ledger account.", "escrow"),
    "pay_url": ("The page where the buyer pays.", "https://pay.example.com/pay_1001"),
    "payment_id": ("The provider's id of the payment.", "pay_1001"),
    "lines": ("What is bought, in the order of the request.",),
    "option_id": ("Id of the option; empty for a listing without options.", ""),
    "option_name": ("Name of the option; empty for a listing without options.", "黑色"),
    "quantity": ("Number of units.", 1),
    "reference": ("Buyer and order that the payment is for.", f"{USER}/ord_{ULID}"),
    "WebhookEventRequest.refund_id": ("The provider's id of the refund; required for `refund.succeeded`.", "re_1001"),
    "WebhookEventRequest.refund_reference": (
        "What we gave the provider with the refund; null for a refund that was made there. Required for `refund.failed`.",
        f"ord_{ULID}-1",
    ),
    "refunded_amount": ("What the provider has refunded of the payment.", 0),
    "removal": ("Why and when a moderator removed the listing; null unless one has.",),
    "removed_at": ("When a moderator removed the listing.",),
    "seller_id": ("Id of the member who sells.", OTHER_USER),
    "total_amount": ("Price of all lines.", 12_900),
    "unit_amount": ("Price of one unit.", 12_900),
    "Disclosure.en": ("The text in English.", "A member sells this product."),
    "Disclosure.zh_cn": ("The text in Chinese.", "本商品由圈友个人出售"),
    "ListingResponse.revision": ("Version of the listing. An order names the one that the buyer read.", 3),
    "ListingResponse.on_sale": ("Whether the seller has the listing on sale.",),
    "ListingUpdateRequest.on_sale": ("Whether the listing is on sale.",),
    "OrderRequest.revision": ("The revision of the listing that the buyer read.", 3),
    "OrderResponse.due_at": ("When the order moves to its next state without an action; null if it does not.",),
    "StaffOrderResponse.due_at": ("When the order moves to its next state without an action; null if it does not.",),
    "StaffOrderResponse.has_unapplied_payments": ("Whether a payment that no order keeps goes back to the buyer.",),
    "StaffOrderResponse.owner_id": ("Id of the owner of the circle; empty if it was unknown.", OTHER_USER),
    "UserOrdersQuery.side": ("`bought`: orders that the user placed; `sold`: orders of the user's listings.",),
    "RemovalRequest.reason": ("Why the moderator removes the listing. Its seller reads it.", "假货。"),
    "RemovalResponse.reason": ("Why the moderator removed the listing.", "假货。"),
    "WebhookEventRequest.amount": ("Amount of the payment or refund, in the minor unit.", 12_900),
    "WebhookEventRequest.type": ("The provider's name of what happened.", "payment.captured"),
}
