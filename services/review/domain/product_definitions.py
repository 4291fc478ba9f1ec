"""What each product metric says, in Chinese and English. The texts are stored beside the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition of a metric: what is divided by what, its window, and what is left out, in one text per language.

    is_about_circles: whether it counts circles, and is shown for at least 5 of them.
    """

    zh: str
    en: str
    is_about_circles: bool = False


DEFINITIONS: Mapping[str, Definition] = {
    "repurchase": Definition(
        "本月及前 2 个月在圈内下过单的成员中，下单至少 2 次的占比。不计未付款、已取消、已退款的订单，"
        "也不计疑似刷单或确认刷单的订单。",
        "Share of the members who bought in the circle in this month and the 2 months before that placed at least 2 orders. "
        "Without orders that were not paid, were cancelled or were refunded, are suspected of wash trade or are fake.",
    ),
    "chat_repurchase": Definition(
        "同「复购率」，只看这 3 个月内在群聊发过言的成员。",
        "As repurchase, of the members who wrote in the chats of the circle in the same 3 months.",
    ),
    "closed_loop": Definition(
        "本月圈内订单中，买家下单前 7 天在群聊发过言，或前 30 天看过笔记、评论过的占比。"
        "不计未付款、已取消、已退款、疑似刷单或确认刷单的订单，也不计已删除的评论。",
        "Share of this month's orders in the circle whose buyer wrote in its chats within 7 days before, or read or commented "
        "on its notes within 30 days before, by days in China. Without orders that were not paid, were cancelled or were "
        "refunded, are suspected of wash trade or are fake, and without comments that are not visible.",
    ),
    "interest_chats": Definition(
        "本月群聊发言的成员天数中，来自有兴趣标签的圈子的占比。",
        "Share of the days of members who wrote in chats this month that are of circles with a tag of an interest.",
    ),
    "chat_opens": Definition(
        "本月在群聊发过言的成员，人均看笔记的天数。",
        "Days in this month with reading in the circle, per member who wrote in its chats this month.",
    ),
    "other_opens": Definition(
        "本月看过笔记但没在群聊发言的成员，人均看笔记的天数。",
        "Days in this month with reading in the circle, per member who read and did not write in its chats this month.",
    ),
    "comments_per_note": Definition(
        "本月评论数除以本月笔记数。不计已删除或下架的笔记和评论。",
        "Comments of this month per note of this month. Without notes and comments that are not visible.",
    ),
    "pictures_per_note": Definition(
        "本月每篇笔记的图片数，按发布时计。不计已删除或下架的笔记。",
        "Pictures of a note of this month, as it was posted. Without notes that are not visible.",
    ),
    "chat_growth": Definition(
        "本月群聊发言的成员天数，除以上月的成员天数。",
        "Days of members who wrote in the chats this month, divided by those of the month before.",
    ),
    "first_reply": Definition(
        "本月或前 2 个月加入的成员，本月发出的第一篇笔记中，24 小时内收到他人评论的占比。不计已删除或下架的笔记和评论。",
        "Share of the first notes of members who joined in this month or the 2 months before, posted this month, that another "
        "member commented on within 24 hours. Without notes and comments that are not visible.",
    ),
    "retention_after_1_month": Definition(
        "上月加入的成员中，本月看过笔记或在群聊发过言的占比。退出后重新加入也算加入。",
        "Share of the members who joined in the month before that read or wrote in chats this month. "
        "A user who joins again counts.",
    ),
    "retention_after_2_months": Definition(
        "前月加入的成员中，本月看过笔记或在群聊发过言的占比。退出后重新加入也算加入。",
        "Share of the members who joined 2 months before that read or wrote in chats this month. "
        "A user who joins again counts.",
    ),
    "survival": Definition(
        "开圈满 90 天的圈子中，本月至少有 5 位成员看过笔记或在群聊发过言的占比。",
        "Share of the circles that opened at least 90 days before the end of the month in which at least 5 members "
        "read or wrote in chats this month.",
        is_about_circles=True,
    ),
}
