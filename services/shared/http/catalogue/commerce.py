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

PAYOUT_STATES_ZH = {
    "awaiting_approval": "待审批",
    "requested": "待打款",
    "sending": "打款中",
    "succeeded": "已到账",
    "failed": "打款失败",
    "canceled": "已取消",
    "rejected": "未通过",
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
    "minor-spending-limit-reached": Entry(
        en=Text(
            "You have reached your spending limit for this month.",
            "Order less, or wait until the next month.",
            "Under 18 the limit is {limit} fen a month. {remaining} fen are left until {resets_at}.",
        ),
        zh=Text(
            "本月消费额度不足", "请减少购买，或等到下个月", "未满 18 岁每月最多 {limit} 分，{resets_at} 前还剩 {remaining} 分"
        ),
        facts=("limit", "remaining", "resets_at"),
    ),
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
        zh=Text("收货地址已满", "请先删除不用的地址", "最多 {limit} 个"),
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
    "option-limit-reached": Entry(
        en=Text("The listing has too many options.", "Withdraw some, or create another listing.", "The limit is {limit}."),
        zh=Text("规格太多", "请减少规格，或另外发布一件商品", "最多 {limit} 个"),
        facts=("limit",),
    ),
    "stock-limit-reached": Entry(
        en=Text("The listing would have too many units.", "Add fewer units.", "The limit is {limit} units."),
        zh=Text("库存超过上限", "请减少补货数量", "最多 {limit} 件"),
        facts=("limit",),
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
    "coupon-inactive": Entry(
        en=Text("This coupon is not active.", "Order without it, or use another one."),
        zh=Text("优惠券不在有效期内，或已停用", "请换一张，或不用优惠券下单"),
    ),
    "coupon-not-applicable": Entry(
        en=Text("This coupon does not fit your order.", "Check its seller, kinds of listings and minimum spend."),
        zh=Text("优惠券不适用于这笔订单", "请核对卖家、商品类型和使用门槛"),
    ),
    "coupon-used-up": Entry(
        en=Text("This coupon is used up.", "Order without it, or use another one."),
        zh=Text("优惠券已用完", "请换一张，或不用优惠券下单"),
    ),
    "coupon-code-rejected": Entry(
        en=Text("There is no coupon with this code.", "Check it, or ask the seller."), zh=Text("优惠码无效", "请核对或联系卖家")
    ),
    "coupon-code-locked": Entry(
        en=Text("You entered too many wrong codes.", "Try again later."), zh=Text("优惠码输错次数过多", "请稍后再试")
    ),
    "coupon-code-unclear": Entry(
        en=Text("The text does not contain exactly one code.", "Paste one complete code."),
        zh=Text("没有找到优惠码，或优惠码不止一个", "请粘贴一个完整的优惠码"),
    ),
    "buyer-is-seller": Entry(en=Text("You cannot buy your own listing."), zh=Text("不能购买自己发布的商品")),
    "listing-kind-not-allowed": Entry(
        en=Text("Your role in this circle cannot list products of this kind.", "Ask the circle's owner."),
        zh=Text("你的角色不能上架这类商品", "请联系圈主"),
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
    "payout-account-missing": Entry(
        en=Text("You have set no account for payouts.", "Set one."), zh=Text("还没有设置收款账户", "请先设置收款账户")
    ),
    "payout-account-not-verified": Entry(
        en=Text(
            "The provider does not pay to your account yet.",
            "Complete the verification at the provider.",
            "It needs: {currently_due}.",
        ),
        zh=Text("收款账户还未通过验证", "请到支付平台补全资料", "还需要：{currently_due}"),
        facts=("currently_due",),
    ),
    "payout-account-on-hold": Entry(
        en=Text(
            "You changed your account for payouts, so nothing is paid yet.", "Try again later.", "Payouts begin at {until}."
        ),
        zh=Text("更换收款账户后暂时不能提现", "请稍后再试", "{until} 之后可以提现"),
        facts=("until",),
    ),
    "payouts-blocked": Entry(
        en=Text("A sanction on your account blocks payouts.", "Read your account status."),
        zh=Text("账号处罚期间不能提现", "请查看账号状态"),
    ),
    "balance-insufficient": Entry(
        en=Text("Your balance is less than this payout.", "Request less.", "{available} fen can be paid out."),
        zh=Text("余额不足", "请减少提现金额", "可提现 {available} 分"),
        facts=("available",),
    ),
    "payout-state-conflict": Entry(
        en=Text("The payout's state does not allow this action.", "Read the payout again.", "The payout is {state}."),
        zh=Text("提现状态已变化", "请刷新后查看", "提现{state}"),
        facts=("state",),
    ),
    "second-operator-required": Entry(
        en=Text("You have approved this payout, under this or another user.", "Ask another operator."),
        zh=Text("你已审批过这笔提现", "请由另一位运营人员审批"),
    ),
    "approver-not-verified": Entry(
        en=Text("Only operators with a verified identity decide about payouts.", "Verify your identity."),
        zh=Text("完成实名认证后才能审批提现", "请先完成实名认证"),
    ),
    "statement-too-long": Entry(
        en=Text("The month has too many movements for a statement.", "Export your account data.", "The limit is {limit}."),
        zh=Text("这个月的流水太多", "请导出账号数据查看", "最多 {limit} 条"),
        facts=("limit",),
    ),
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
        zh=Text("这笔订单不支持退货", "请在商品与描述不符时发起纠纷"),
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
    "cannot-be-ordered": Message("cannot be ordered or paid", "无法下单或付款"),
    "must-be-phone-number": Message("must be a phone number of 5 to 20 digits", "请填写 5 到 20 位的电话号码"),
    "must-be-once": Message("must not be repeated", "不能重复"),
    "must-have-carrier-and-number": Message(
        "must have both carrier and tracking number, or neither", "快递公司和运单号要一起填写"
    ),
    "must-be-provider-account": Message("must be an account that the provider knows", "要是支付平台上已有的账户"),
    "must-spend-more-than-discount": Message(
        "must have a minimum spend above the amount, or a percentage", "使用门槛要高于优惠金额，或按比例优惠"
    ),
    "must-end-after-start": Message("must end after it starts", "结束时间要晚于开始时间"),
    "must-be-within-days": Message("must be in the future, within {days} days", "要晚于现在，且在 {days} 天内"),
    "must-be-time-of-capture": Message(
        "must be after the order was placed and not in the future", "要在下单之后，且不晚于现在"
    ),
    "must-accept-returns": Message("must be true for a listing of this kind", "这类商品要支持退货"),
    "must-be-option-of-listing": Message("must be an option of this listing, named once", "规格不存在或重复，请刷新后再试"),
    "must-be-other-name": Message("must differ from the other options", "规格名称不能重复"),
    "must-be-restocked": Message("must be absent: restock the option to add units", "库存只能通过补货增加"),
}
