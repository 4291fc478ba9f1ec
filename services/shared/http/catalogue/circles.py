"""The texts of the errors of the circles service."""

from __future__ import annotations

from services.shared.http.catalogue.entry import Entry, Message, Text

ERRORS = {
    "passcode-inactive": Entry(
        en=Text("This passcode is no longer active.", "Create a new one."), zh=Text("口令已失效", "请生成新口令")
    ),
    "passcode-rejected": Entry(
        en=Text("You cannot join with this passcode.", "Check it, or ask for a new one."),
        zh=Text("口令无效", "请核对或换一个口令"),
    ),
    "passcode-locked": Entry(
        en=Text("You entered too many wrong passcodes.", "Try again later."), zh=Text("口令输错次数过多", "请稍后再试")
    ),
    "passcode-unclear": Entry(
        en=Text("The text does not contain exactly one passcode.", "Paste one complete passcode."),
        zh=Text("没有找到口令，或口令不止一个", "请粘贴一个完整的口令"),
    ),
    "circle-not-active": Entry(
        en=Text("The circle has not been activated, or it is closing or closed.", "Ask the circle's owner."),
        zh=Text("圈子还没开启，或正在关闭", "请联系圈主"),
    ),
    "screening-changed": Entry(
        en=Text("The rules or questions have changed.", "Read them again."), zh=Text("圈规或问题有更新", "请重新阅读")
    ),
    "answers-incomplete": Entry(
        en=Text("Some questions have no answer, or several.", "Answer each question once."),
        zh=Text("有问题没有回答或重复回答", "请把每个问题回答一遍"),
    ),
    "screening-not-answered": Entry(
        en=Text("This user has not agreed to the rules and answered the questions yet.", "Wait until the user has."),
        zh=Text("对方还没同意圈规并回答问题", "请等对方完成"),
    ),
    "owner-cannot-leave": Entry(
        en=Text("You are the owner of this circle.", "Transfer the circle before you leave it."),
        zh=Text("你是圈主，不能直接退出", "请先转让圈子"),
    ),
    "role-held": Entry(
        en=Text("You hold a role in this circle.", "Leave again with gives_up_role to give it up.", "Your role: {role}."),
        zh=Text("你在这个圈子担任职务", "请确认卸任后再退出", "你的职务：{role}"),
        facts=("role",),
    ),
    "role-proposal-ended": Entry(
        en=Text("This role is not, or no longer, proposed to you.", "Ask for a new proposal."),
        zh=Text("职务提议已失效", "请让圈主重新提议"),
    ),
    "make-up-day-not-eligible": Entry(en=Text("This day cannot be made up."), zh=Text("这一天不能补签")),
    "make-up-card-used": Entry(
        en=Text("You have used this month's make-up card.", "Wait until next month."), zh=Text("本月补签卡已用完", "请下月再用")
    ),
    "tags-unknown": Entry(en=Text("Some tags do not exist.", "Search for a tag."), zh=Text("部分标签不存在", "请搜索后选择")),
    "listings-unknown": Entry(
        en=Text("Some listings do not exist in this circle.", "Choose other ones."),
        zh=Text("部分商品不在这个圈子", "请重新选择"),
    ),
    "show-not-received": Entry(
        en=Text("You have not received this product in this circle.", "Confirm the receipt of your order first."),
        zh=Text("你还没有在本圈收到这件商品", "请先在订单里确认收货"),
    ),
    "show-refunded": Entry(
        en=Text("This product was returned, or most of its price was refunded.", "Post a note without it."),
        zh=Text("这件商品已退货或已退款", "请发普通笔记"),
    ),
    "show-already-posted": Entry(
        en=Text("You have posted a show of this purchase.", "Edit it, or delete it first.", "It is the note {note_id}."),
        zh=Text("这笔购买已发过买家秀", "请编辑原来那篇，或先删除它", "原来的笔记：{note_id}"),
        facts=("note_id",),
    ),
    "show-not-allowed": Entry(
        en=Text("Sellers and the owners of the circle cannot post shows of what they buy.", "Post a note without it."),
        zh=Text("卖家和圈主一方不能发买家秀", "请发普通笔记"),
    ),
    "draft-limit-reached": Entry(
        en=Text("You have too many drafts in this circle.", "Publish or delete one first.", "The limit is {limit} drafts."),
        zh=Text("草稿已满", "请先发布或删除一篇", "每个圈子最多 {limit} 篇草稿"),
        facts=("limit",),
    ),
    "join-request-limit-reached": Entry(
        en=Text("You have sent too many requests to join today.", "Try again tomorrow.", "The limit is {limit} per day."),
        zh=Text("今天申请加入的次数已用完", "请明天再试", "每天最多申请 {limit} 次"),
        facts=("limit",),
    ),
    "consent-text-changed": Entry(
        en=Text("The text of the consent has changed.", "Read it again, then consent.", "The revision of now is {revision}."),
        zh=Text("授权说明已更新", "请重新阅读后再同意", "当前版本是 {revision}"),
        facts=("revision",),
    ),
    "campaign-too-soon": Entry(
        en=Text("Your circle cannot start another campaign yet.", "Try again later.", "The next one can start at {starts_at}."),
        zh=Text("还不能发起新的邀请活动", "请稍后再试", "{starts_at} 之后可以发起"),
        facts=("starts_at",),
    ),
    "campaign-ended": Entry(en=Text("The campaign has ended.", ""), zh=Text("邀请活动已结束", "")),
    "teaser-missing": Entry(
        en=Text("Your circle has no teaser.", "Publish a teaser first: the people that you invite read it."),
        zh=Text("圈子还没有公开简介", "请先发布简介，受邀的人会看到它"),
    ),
    "export-running": Entry(
        en=Text("Your last export is still running.", "Wait until it is ready.", "Export {export_id}."),
        zh=Text("上次导出还没完成", "请稍候", "导出 {export_id}"),
        facts=("export_id",),
    ),
    "deletion-started": Entry(en=Text("The account is being deleted.", ""), zh=Text("账号正在注销，无法撤回", "")),
    "owner-cannot-delete-account": Entry(
        en=Text("You own a circle.", "Hand over or close your circles, then delete your account.", "Circles: {circles}."),
        zh=Text("你是圈主，转让或关闭圈子后才能注销账号", "请先转让或关闭圈子", "圈子：{circles}"),
        facts=("circles",),
    ),
    "candidate-not-eligible": Entry(
        en=Text("The circle cannot be offered to this user.", "Choose another member."),
        zh=Text("不能转让给这位用户", "请换一位成员"),
    ),
    "offer-already-open": Entry(
        en=Text("The circle is offered to another member.", "Withdraw that offer first."),
        zh=Text("圈子正在转让给其他成员", "请先撤回转让"),
    ),
    "teaser-invalid": Entry(
        en=Text("The text contains something that looks like a passcode.", "Remove it or write it differently."),
        zh=Text("简介里有像口令的内容", "请删掉或换个写法"),
    ),
    "blocked-by-author": Entry(en=Text("The author has blocked you."), zh=Text("对方已把你拉黑")),
    "block-limit-reached": Entry(
        en=Text("Your list of blocked users is full.", "Unblock one first.", "The limit is {limit} users."),
        zh=Text("黑名单已满", "请先移出一位", "黑名单最多 {limit} 人"),
        facts=("limit",),
    ),
}

FIELDS = {
    "name-looks-official": Message("must not look like a name of the platform or its staff", "昵称像官方账号，请换一个"),
    "has-contact-data": Message("must not contain a link, a number or an account", "不能留链接、号码或账号，请删掉后重试"),
    "has-passcode": Message("must not contain something that looks like a passcode", "里面有像口令的内容，请删掉或换个写法"),
    "mute-without-end": Message("must be set: a mute has an end", "请设置禁言的结束时间"),
    "kick-with-end": Message("must not be set: a kick has no end", "移出成员不需要结束时间"),
    "must-not-be-own-id": Message("must not be your own id", "不能拉黑自己"),
    "must-be-listing-of-circle": Message("must be a listing of this circle", "商品不在这个圈子，请重新选择"),
    "must-be-known-tag": Message("must be a known tag; search for one", "标签不存在，请搜索后选择"),
    "must-be-other-tag": Message("must be another tag that was not merged into this one", "请选择其他标签"),
}
