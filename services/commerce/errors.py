"""What this service refuses, by name."""

from services.shared.kernel.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
)


class CircleNotFound(NotFound):
    """No such circle, or not a member of it: the same answer."""


class ListingNotFound(NotFound):
    pass


class OrderNotFound(NotFound):
    pass


class NoLongerMember(Conflict):
    code = "no-longer-a-member"
    title, title_zh = "You have left this circle; its goods are for members", "你已不在该圈子，无法购买圈内商品"


class PriceChanged(Conflict):
    code = "price-changed"
    title, title_zh = "The listing has changed; look at the new quote", "商品信息已更新，请确认新的报价"


class SoldOut(Conflict):
    code = "sold-out"
    title, title_zh = "There is not enough left", "库存不足"


class SalesPaused(Conflict):
    code = "sales-paused"
    title, title_zh = "The seller or the circle's owner may not trade for now", "卖家或圈主暂时不能交易"


class OwnListing(Forbidden):
    code = "own-listing"
    title, title_zh = "You cannot buy from yourself", "不能购买自己发布的商品"


class SellersOnly(Forbidden):
    code = "role-not-allowed"
    title, title_zh = "Your role in this circle does not allow that", "你在圈内的角色没有此权限"


class WrongState(Conflict):
    code = "order-wrong-state"
    title, title_zh = "The order is not at that step", "订单当前状态不支持该操作"


class PaymentMismatch(Invalid):
    code = "payment-mismatch"
    title, title_zh = "The payment is not for this order's amount", "支付金额与订单不符"


class SignatureInvalid(BadRequest):
    code = "signature-refused"
    title, title_zh = "The webhook's signature does not hold", "回调签名无效"


class OperatorsOnly(Forbidden):
    code = "operators-only"
    title, title_zh = "Only operators may do this", "仅限平台运营人员"
