"""The texts of the scenario: a circle of birdwatchers in a city."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table

CIRCLE, NEW_NAME = "城市观鸟圈", "城市观鸟与自然"
ALIKE_NAME = "手沖 與產區"  # in traditional characters, the name of another circle

DESCRIPTION = "只聊在城市里看得到的野鸟：在哪儿、什么时候、怎么认。不公布巢址，拍完就走。"

APPLICATION: dict[str, Any] = {
    "resonance": "从小区的一窝珠颈斑鸠开始看鸟，想和同样会为一声鸣叫停下脚步的人待在一起。",
    "circle_name": CIRCLE,
    "circle_tags": ["观鸟", "自然观察", "城市荒野"],
    "circle_definition": "只聊在城市里看得到的野鸟：在哪儿、什么时候、怎么认、怎么不打扰它们。",
    "early_building": "前两个月每周组织一次公园晨观，整理本地鸟种表，回复每一篇新人笔记。",
    "weekly_hours": 10,
    "evidence": ["https://example.org/birding-group", "https://example.org/park-checklist"],
    "plan": "先邀请三十位常在公园记录的朋友，再按月开放口令；春秋迁徙季做共同记录。",
}
APPROVAL: dict[str, Any] = {
    "verdict": "approve",
    "scores": {"resonance": 5, "definite_circle": 5, "early_building": 4, "time": 4},
    "reasons": ["meets_criteria"],
    "note": "定位清楚，共建计划具体，过往记录扎实。",
}
NOTE: dict[str, Any] = {
    "text": "清晨五点四十，奥森南园的芦苇荡。两只东方大苇莺对唱了二十分钟，镜头里只敢呼吸。",
    "tags": ["观鸟", "水鸟调查"],
}
SHOP_OUTSIDE = "https://item.taobao.com/item.htm?id=1"
SECOND_NOTE: dict[str, Any] = {"text": "河边的白鹭又回来了，天亮前 10 分钟最好认。", "tags": ["自然笔记"]}
INTEREST = ("guanniao", "%E8%A7%80%E9%B3%A5", "birding")  # pinyin; 觀鳥, encoded for an address; English
TRADITIONAL = "%E8%98%86%E8%91%A6%E8%95%A9"  # 蘆葦蕩, encoded
TEASER: dict[str, Any] = {"text": "城市里看得到的野鸟：在哪儿、怎么认、怎么不打扰它们。", "tags": ["观鸟"]}
JOIN_REQUEST = {"text": "之前乱试口令，抱歉。看了三年鸟，想认真加入。"}
COMMENTS = ("这个角度太好了，能听见声音一样。", "明早也去蹲，求具体是哪段木栈道？")
TALK = (
    "有人知道今天湖边那只白眉姬鹟还在吗？",
    "七点还在，柳树第三棵，别靠太近。",
    "谢谢！我带了长焦，站远点拍。",
    "迁徙季大家都克制一点，拍完就走。",
    "收到，晚上发笔记。",
)
ADDRESS = {
    "recipient": "郝明",
    "phone": "138 0000 5678",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 100 号 2 单元 301",
}
BINOCULARS: dict[str, Any] = {
    "kind": "merchant",
    "title": "8×32 双筒望远镜（圈友试用款）",
    "amount": 129_900,
    "currency": "CNY",
    "stock": 5,
}
PARTIAL_REFUND = 29_900
RETURN: dict[str, Any] = {"reason": "changed_mind", "text": "看了两天，还是手抖，想换轻一点的。吊牌和包装都在。"}
RETURN_APPROVED = {"verdict": "approve", "note": "寄回来吧，圈里有更轻的 8×25。"}
SHOW = "望远镜到手一天：边缘有一点紫边，中心很锐，挂脖子走半天不累。"
CARD = "圈里小店到了几副望远镜，晨观试过，边缘画质不错。"
SCREENING: dict[str, Any] = {
    "rules": "不公布巢址，不播放鸣叫诱鸟，拍完就走。",
    "questions": ["你常去哪里看鸟？"],
    "approval": False,
}
ANSWERS = {"mei": "奥森南园的芦苇荡。", "hao": "家门口的河，冬天有普通秋沙鸭。", "yan": "哪里有就去哪里。"}
PROFILES: dict[str, dict[str, str]] = {
    "lin": {"nickname": "林间有鸟", "bio": "城市观鸟圈的发起人，常在奥森南园。"},
    "mei": {"nickname": "小梅看苇莺", "bio": "芦苇荡常驻，镜头里只敢呼吸。"},
    "hao": {"nickname": "重庆阿豪", "bio": "家门口有条河，冬天数秋沙鸭。"},
    "yan": {"nickname": "燕子南飞"},
}
NICKNAME_HERE = "东方大苇莺"  # Mei's in this circle alone
OFFICIAL_NAME = "观鸟圈官方客服"
NAME_SEARCHES = ("chongq", "%E9%87%8D%E6%85%B6")  # the beginning of Hao's name: in pinyin; 重慶, encoded
MUTE_REASON = "公布巢址，已提醒。"
KICK_REASON = "多次公布巢址，已提醒 2 次。"
SECOND_APPLICATION: dict[str, Any] = {
    "resonance": "想有一个地方，能慢慢聊一支豆子从烘焙到杯中的全部，而不是只晒拉花。",
    "circle_name": "手冲与产区",
    "circle_tags": ["手冲咖啡", "产区风味"],
    "circle_definition": "家里能复现的手冲：豆子、水、研磨、参数记录。不聊加盟，不带货。",
    "early_building": "每周一支盲测豆，写参数和风味，邀请大家照着冲。",
    "weekly_hours": 8,
    "evidence": ["https://example.org/brew-log"],
    "plan": "先做盲测。",
}
THIRD_APPLICATION: dict[str, Any] = {
    **SECOND_APPLICATION,
    "resonance": "夜里骑车回家时总想，要是有人一起把城市的坡都骑一遍就好了。",
    "circle_name": "夜骑爬坡",
    "circle_tags": ["骑行", "夜骑"],
    "circle_definition": "下班后两小时内能完成的爬坡路线：坡度、路灯、补给点、安全。",
    "early_building": "每周三带一次队，新人有人押后。",
    "plan": "先整理十条路线，再按区找领骑。",
    "evidence": ["https://example.org/night-climbs"],
}
QUESTION: dict[str, Any] = {"fields": ["plan"], "note": "计划只有一句话，请写出前两个月怎么做、谁来做。"}
ANSWER = {"plan": "第一个月每周一支盲测豆并公布参数；第二个月请三位老成员轮流主持，月底整理成一份水质与研磨对照表。"}
REJECTION: dict[str, Any] = {
    "verdict": "reject",
    "scores": {"resonance": 4, "definite_circle": 2, "early_building": 3, "time": 4},
    "reasons": ["circle_vague"],
    "note": "和已有的咖啡圈区别不大。",
}
APPEAL = {"cites": "circle_vague", "statement": "已有的圈聊探店，这里只聊家里能复现的参数，定义里写明不探店、不带货。"}
REPORT = {"reason": "fraud", "text": "怀疑圈主自己买卖刷单。"}
SUSPICION = "被举报刷单，先停权核查。"
CLEARED = "核对订单，买家都是不同的真人，属误会。"
REPORTED_NOTE = {"text": "芦苇荡东侧有苇莺在育雏，附上巢位说明。", "tags": ["birdwatching"]}
REPORTED_MESSAGE = "巢就在三号木栈道右手边"
CONTENT_REPORT = {"reason": "other", "text": "公开巢位会惊扰育雏。"}
NAME_REPORT = {"reason": "other", "text": "名字像官方机构。"}
UPHELD = {"outcome": "upheld", "violation": "other", "note": "公开了巢位。"}
CONTENT_APPEAL = {"statement": "巢已空，幼鸟上周离巢，附近有官方观测牌。"}
GRANTED = {"outcome": "granted", "note": "巢已空，属官方公开的观测点，恢复。"}
GUESSES = ("ABCD-2345-EFGH", "ABCD-2345-EFGJ", "ABCD-2345-EFGK", "ABCD-2345-EFGM", "ABCD-2345-EFGN")

SHARES = {"卖家 seller": "seller", "平台 platform": "platform", "圈主待结算 owner, pending": "owner"}


STAGES = ("找到", "通知", "加入", "活跃", "发笔记", "下单")


def chart(stages: list[dict[str, Any]]) -> list[str]:
    """Return the six numbers of a campaign as bars; a number of fewer than 5 people is none."""
    rows = [(zh, stage["stage"], stage["people"]) for zh, stage in zip(STAGES, stages, strict=True)]
    return [f"    {zh} {name:9} {'█' * 2 * people or '·'} {people or '< 5'}" for zh, name, people in rows]


def pasted(passcode: str) -> dict[str, str]:
    """Return the passcode as three users paste it: alone, inside a text, and in full-width characters."""
    full_width = "".join(chr(ord(symbol) + 0xFEE0) for symbol in passcode)
    return {
        "mei": passcode,
        "hao": f"【城市观鸟圈】复制这段口令打开 App：{passcode.lower()}，快来一起看鸟！",
        "yan": full_width,
    }


def summary_table(summary: dict[str, Any]) -> Table:
    table = Table(title="结果 · Summary", title_justify="left", show_header=False, box=box.SIMPLE)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    events = summary["events"]
    names = ", ".join(f"{name} {count}" for name, count in sorted(events.items()))
    table.add_row("总线事件 · events over the bus", f"{sum(events.values())}  ({names})")
    table.add_row("失败消息 · failed messages", str(summary["failed_messages"]))
    table.add_row("审计链 · audit chain", summary["audit"])
    shares = summary["shares"]
    split = ", ".join(f"{party} {shares.get(key, 0) / 100:.2f}" for party, key in SHARES.items())
    table.add_row("账本合计 · ledger sum", f"{summary['ledger_sum']}  (元: {split})")
    table.add_row("消息 · messages", "{sent} sent = {stored} stored = {delivered} pushed to each member".format(**summary))
    table.add_row("用时 · duration", f"{summary['seconds']:.1f} s")
    return table
