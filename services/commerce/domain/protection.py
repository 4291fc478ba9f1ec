"""The protection of a buyer: what an order inside the circle guarantees, and a payment outside it does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from services.commerce.domain.terms import Disclosure, ListingKind, terms_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Guarantee(StrEnum):
    """What a buyer can rely on.

    payment_held: the seller is paid after receipt. cancellable: until shipment the buyer cancels and gets everything back.
    shipped_in_time: without a shipment in time the payment goes back by itself. returnable: within days after receipt.
    disputable: two reviewers of the platform rule on a dispute.
    """

    PAYMENT_HELD = "payment_held"
    CANCELLABLE = "cancellable"
    SHIPPED_IN_TIME = "shipped_in_time"
    RETURNABLE = "returnable"
    DISPUTABLE = "disputable"


@dataclass(frozen=True, slots=True)
class Protection:
    """What one sale guarantees. guarantees: in the order of the text. text: in English and Chinese."""

    guarantees: tuple[Guarantee, ...]
    text: Disclosure


OUTSIDE: Disclosure = ("A payment outside Coterie has none of this.", "平台外付款没有以上任何保障。")


def protection_of(kind: ListingKind, ships_within: timedelta, return_days: int) -> Protection:
    """Return the protection of a sale: of a listing as it is now, or of an order as its terms were agreed to.

    return_days: 0 if the sale cannot be returned.
    """
    terms = terms_of(kind)
    texts = {
        Guarantee.PAYMENT_HELD: _payment_held(terms.auto_confirm_after // DAY),
        Guarantee.CANCELLABLE: ("You can cancel until it is shipped.", "发货前可随时取消，全额退款。"),
        Guarantee.SHIPPED_IN_TIME: _shipped_in_time(ships_within // HOUR),
        Guarantee.RETURNABLE: _returnable(return_days),
        Guarantee.DISPUTABLE: ("Two reviewers rule on a dispute.", "有争议时由 2 名平台审核员裁决。"),
    }
    if not return_days:
        del texts[Guarantee.RETURNABLE]
    en, zh_cn = zip(*texts.values(), OUTSIDE, strict=True)
    return Protection(tuple(texts), (" ".join(en), "".join(zh_cn)))


def _payment_held(days: int) -> Disclosure:
    en = f"We hold your payment until you confirm receipt, or for {days} days after shipment."
    return en, f"货款由平台保管，你确认收货或发货满 {days} 天后才付给卖家。"


def _shipped_in_time(hours: int) -> Disclosure:
    en = f"Not shipped within {hours} hours: the whole payment goes back to you."
    return en, f"付款后 {hours} 小时内未发货，自动全额退款。"


def _returnable(days: int) -> Disclosure:
    return f"You can return it within {days} days of receipt.", f"收货后 {days} 天内可退货。"
