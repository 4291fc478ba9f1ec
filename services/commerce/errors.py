"""The errors that the commerce service raises. The shared ones are in services/shared/kernel/errors.py."""

from services.shared.kernel.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound


class CircleNotFound(NotFound):
    """The circle does not exist, or the caller is not a member: one error for both."""


class ListingNotFound(NotFound):
    """The listing does not exist, or the caller cannot see or buy it."""


class OrderNotFound(NotFound):
    """The order does not exist, or the caller is not the party that this action belongs to."""


class MembershipEnded(Conflict):
    """A former member tries to buy or pay. A stranger and a pending user get CircleNotFound instead."""

    code = "membership-ended"
    title, title_zh = (
        "You are no longer a member of this circle. Only members can buy here.",
        "你已不在这个圈子，不能购买这里的商品",
    )


class PriceChanged(Conflict):
    """The seller changed the listing since the buyer read it. `quote` carries the new revision and price."""

    code = "price-changed"
    title, title_zh = "The listing has changed. Check the new price and order again.", "商品信息有更新，请确认新价格后再下单"


class StockInsufficient(Conflict):
    code = "stock-insufficient"
    title, title_zh = "There is not enough stock for this order. Order fewer units.", "库存不足，请减少购买数量"


class ListingNotOnSale(Conflict):
    """The circle is read-only, or a sanction blocks a payout. It never says which: sanctions are private.

    A listing that its seller took off sale is ListingNotFound.
    """

    code = "listing-not-on-sale"
    title, title_zh = "This product is not on sale at the moment. Choose another one.", "商品暂停出售，请换一件"


class BuyerIsSeller(Forbidden):
    code = "buyer-is-seller"
    title, title_zh = "You cannot buy your own listing.", "不能购买自己发布的商品"


class ListingKindNotAllowed(Forbidden):
    code = "listing-kind-not-allowed"
    title, title_zh = "Your role in this circle cannot list products of this kind.", "你的角色不能上架小店商品，请联系圈主"


class OrderStateConflict(Conflict):
    """The order's state does not allow this action. `detail` names the state."""

    code = "order-state-conflict"
    title, title_zh = ("The order's state does not allow this action. Read the order again.", "订单状态已变化，请刷新后查看")


class PaymentMismatch(Invalid):
    """The provider reports another amount or payment than the order has."""

    code = "payment-mismatch"
    title, title_zh = "The payment does not match the order.", "支付金额与订单不符"


class SignatureInvalid(BadRequest):
    """The webhook is not signed with one of our secrets over these bytes, or its time is more than 5 minutes off."""

    code = "signature-invalid"
    title, title_zh = "The webhook's signature is not valid.", "回调签名无效"


class OperatorRequired(Forbidden):
    code = "operator-required"
    title, title_zh = "Only operators can do this.", "只有平台运营人员可以操作"
