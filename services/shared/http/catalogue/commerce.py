"""The texts of the errors of the commerce service."""

from __future__ import annotations

from services.shared.http.catalogue.entry import Entry, Message, Text

ORDER_STATES_ZH = {
    "reserved": "待付款",
    "expired": "已过期",
    "paid": "已付款",
    "refunding": "退款中",
    "refunded": "已退款",
    "shipped": "已发货",
    "received": "已收货",
    "completed": "已完成",
}

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
    "address-limit-reached": Entry(
        en=Text("Your address book is full.", "Delete an address first.", "The limit is {limit} addresses."),
        zh=Text("收货地址已满", "请先删除一个地址", "最多 {limit} 个"),
        facts=("limit",),
    ),
    "address-missing": Entry(
        en=Text("The order has no delivery address.", "Choose an address, then pay."),
        zh=Text("订单还没有收货地址", "请先选择收货地址，再付款"),
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
    "signature-invalid": Entry(en=Text("The webhook's signature is not valid."), zh=Text("回调签名无效")),
}

FIELDS: dict[str, Message] = {
    "cannot-be-ordered": Message("cannot be ordered or paid", "无法下单或付款"),
    "must-be-phone-number": Message("must be a phone number of 5 to 20 digits", "请填写 5 到 20 位的电话号码"),
    "must-be-once": Message("must not be repeated", "不能重复"),
    "must-be-time-of-capture": Message(
        "must be after the order was placed and not in the future", "要在下单之后，且不晚于现在"
    ),
}
