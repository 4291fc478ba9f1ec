"""What the page to pay on says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

ZH, EN = "zh-CN", "en"
TEXTS: Mapping[str, Mapping[str, str]] = {
    ZH: {
        "sandbox": "这是测试环境，不会真的扣款",
        "pay": "付款",
        "order": "订单",
        "total": "合计",
        "paid_already": "已支付",
        "methods": "付款方式",
        "wechat_pay": "微信支付",
        "alipay": "支付宝",
        "card": "银行卡",
        "pay_now": "支付",
        "try_failures": "测试付款失败",
        "insufficient_balance": "余额不足",
        "declined": "银行拒绝付款",
        "failed": "付款没有成功",
        "failed_hint": "没有扣款，订单还为你保留着，可以再试一次或换一种付款方式",
        "paid": "付款成功",
        "paid_hint": "返回 Coterie，订单会在几秒内更新",
        "pay_again": "再付一次",
        "pay_again_hint": "测试重复付款：多付的钱会自动退回",
        "expired": "付款页面已过期",
        "expired_hint": "没有扣款，返回 Coterie 重新下单",
        "return": "返回 Coterie",
        "other_language": "English",
        "missing": "付款页面不存在",
    },
    EN: {
        "sandbox": "This is a sandbox. No real money moves.",
        "pay": "Pay",
        "order": "Order",
        "total": "Total",
        "paid_already": "paid",
        "methods": "Pay with",
        "wechat_pay": "WeChat Pay",
        "alipay": "Alipay",
        "card": "Card",
        "pay_now": "Pay",
        "try_failures": "Try a failure",
        "insufficient_balance": "Insufficient balance",
        "declined": "Declined by the bank",
        "failed": "The payment failed",
        "failed_hint": "No money was taken. Your order is still reserved: try again, or choose another way to pay.",
        "paid": "Paid",
        "paid_hint": "Return to Coterie. Your order is updated within seconds.",
        "pay_again": "Pay once more",
        "pay_again_hint": "Try a double payment: the second one goes back by itself.",
        "expired": "This page has expired",
        "expired_hint": "No money was taken. Return to Coterie and order again.",
        "return": "Return to Coterie",
        "other_language": "中文",
        "missing": "This page does not exist",
    },
}


def choose_language(asked: str, accepted: str) -> str:
    """Return the language of the address, otherwise the browser's first one if it is English, otherwise Chinese."""
    if asked in TEXTS:
        return asked
    return EN if accepted.strip().lower().startswith("en") else ZH
