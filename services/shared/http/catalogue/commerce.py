"""The texts of the errors of the commerce service."""

from __future__ import annotations

from services.shared.http.catalogue.entry import Entry, Message, Text

ORDER_STATES_ZH = {
    "reserved": "待付款",
    "expired": "已过期",
    "cancelled": "已取消",
    "paid": "已付款",
    "refunding": "退款中",
    "refunded": "已退款",
    "shipped": "已发货",
    "received": "已收货",
    "completed": "已完成",
}

RETURN_STATES_ZH = {
    "requested": "待卖家处理",
    "approved": "待寄回",
    "sent": "已寄回",
    "received": "已收货",
    "refunded": "已退款",
    "rejected": "未通过",
    "withdrawn": "已撤回",
}
DISPUTE_STATES_ZH = {"open": "处理中", "withdrawn": "已撤回", "ruled": "已裁定"}

ERRORS = {
    "open-reservation-limit-reached": Entry(
        en=Text(
            "You have too many unpaid orders.",
            "Pay for one, or try again later.",
            "The limit is {limit} orders. An order that expired unpaid counts a while longer.",
        ),
        zh=Text("待付款订单已满", "请先付款，或稍后再试", "最多 {limit} 笔，超时未付款的订单会再计入一段时间"),
        facts=("limit",),
    ),
    "reserved-unit-limit-reached": Entry(
        en=Text(
            "Your unpaid orders have too many units of this product.",
            "Pay for one, or try again later.",
            "The limit is {limit} units. An order that expired unpaid counts a while longer.",
        ),
        zh=Text("这件商品的待付款数量已满", "请先付款，或稍后再试", "最多 {limit} 件，超时未付款的订单会再计入一段时间"),
        facts=("limit",),
    ),
    "membership-ended": Entry(
        en=Text("You are no longer a member of this circle: only members can buy here."),
        zh=Text("你已不在这个圈子，不能购买这里的商品"),
    ),
    "price-changed": Entry(
        en=Text("The listing has changed.", "Check the new price and order again."),
        zh=Text("商品信息有更新", "请确认新价格后再下单"),
        facts=("quotes",),
    ),
    "stock-insufficient": Entry(
        en=Text("There is not enough stock for this order.", "Order fewer units."), zh=Text("库存不足", "请减少购买数量")
    ),
    "listing-removed-by-moderator": Entry(
        en=Text("A moderator has removed this listing.", "Appeal the removal, or create a new listing.", "Reason: {reason}"),
        zh=Text("版主已下架这件商品", "请向平台申诉，或重新发布", "原因：{reason}"),
        facts=("reason",),
    ),
    "listing-restored-on-appeal": Entry(
        en=Text("The platform has restored this listing on appeal.", "Report it to the platform, if it breaks a rule."),
        zh=Text("平台已在申诉后恢复这件商品", "请在它违规时举报"),
    ),
    "payment-charged-back": Entry(
        en=Text("The buyer's bank has taken the payment of this order back.", "Do not ship it before the bank has decided."),
        zh=Text("买家的银行撤回了这笔订单的付款", "请等银行裁定后再发货"),
    ),
    "buyer-is-seller": Entry(en=Text("You cannot buy your own listing."), zh=Text("不能购买自己发布的商品")),
    "listing-kind-not-allowed": Entry(
        en=Text("Your role in this circle cannot list products of this kind.", "Ask the circle's owner."),
        zh=Text("你的角色不能上架小店商品", "请联系圈主"),
    ),
    "order-state-conflict": Entry(
        en=Text("The order's state does not allow this action.", "Read the order again.", "The order is {state}."),
        zh=Text("订单状态已变化", "请刷新后查看", "订单{state}"),
        facts=("state",),
    ),
    "refund-above-refundable": Entry(
        en=Text(
            "The refund is more than can be refunded of this order.",
            "Enter a lower amount.",
            "At most {refundable} fen can be refunded.",
        ),
        zh=Text("退款金额超出可退金额", "请减少金额", "最多可退 {refundable} 分"),
        facts=("refundable",),
    ),
    "refund-limit-reached": Entry(
        en=Text("You have refunded this order too many times.", detail="The limit is {limit} refunds."),
        zh=Text("这笔订单的退款次数已满", detail="最多 {limit} 次"),
        facts=("limit",),
    ),
    "shipment-final": Entry(en=Text("The shipment of this order can no longer be changed."), zh=Text("物流信息不能再修改")),
    "order-frozen": Entry(
        en=Text("A dispute or a return of this order is open.", "Wait until it has ended, or withdraw it."),
        zh=Text("这笔订单有纠纷或退货未结束", "请等它结束，或先撤回"),
    ),
    "return-state-conflict": Entry(
        en=Text("The state of this return does not allow this action.", "Read the return again.", "The return is {state}."),
        zh=Text("退货状态已变化", "请刷新后查看", "退货{state}"),
        facts=("state",),
    ),
    "return-not-offered": Entry(
        en=Text("What you bought cannot be returned.", "Open a dispute, if it is not as described."),
        zh=Text("这笔订单不支持退货", "商品与描述不符时可发起纠纷"),
    ),
    "return-window-ended": Entry(
        en=Text("The time to return this order has passed.", detail="It ended {days} days after the day of receipt."),
        zh=Text("退货期已过", detail="收货次日起 {days} 天内可退"),
        facts=("days",),
    ),
    "return-units-insufficient": Entry(
        en=Text("You have returned these units, or have asked to.", "Return fewer units."),
        zh=Text("这些商品已退或正在退货", "请减少退货数量"),
    ),
    "dispute-state-conflict": Entry(
        en=Text("The dispute has an answer, or has ended.", "Read the dispute again.", "The dispute is {state}."),
        zh=Text("纠纷已回复或已结束", "请刷新后查看", "纠纷{state}"),
        facts=("state",),
    ),
    "dispute-not-allowed": Entry(
        en=Text("This order cannot be disputed for this reason now."), zh=Text("这笔订单现在不能以这个原因发起纠纷")
    ),
    "signature-invalid": Entry(en=Text("The webhook's signature is not valid."), zh=Text("回调签名无效")),
}

FIELDS: dict[str, Message] = {
    "cannot-be-ordered": Message("cannot be ordered", "无法下单"),
    "must-have-carrier-and-number": Message(
        "must have both carrier and tracking number, or neither", "快递公司和运单号要一起填写"
    ),
    "must-be-time-of-capture": Message(
        "must be after the order was placed and not in the future", "要在下单之后，且不晚于现在"
    ),
}
