"""The texts of the errors of the chat service."""

from __future__ import annotations

from services.shared.http.catalogue.entry import Entry, Message, Text

ERRORS = {
    "message-conflict": Entry(
        en=Text("This client_msg_id was used for another message.", "Use a new one."), zh=Text("消息发送失败", "请重新发送")
    ),
    "after-seq-stale": Entry(
        en=Text("You are too far behind this room.", "Fetch the newer messages and check whether yours is among them."),
        zh=Text("新消息较多", "请刷新后确认是否已发出"),
    ),
    "recall-expired": Entry(
        en=Text(
            "This message is too old to be recalled.",
            "Ask a moderator to remove it.",
            "A message can be recalled within {seconds} seconds.",
        ),
        zh=Text("消息发送太久，不能撤回了", "请联系版主移除", "发送后 {seconds} 秒内可以撤回"),
        facts=("seconds",),
    ),
    "edit-expired": Entry(
        en=Text("This message is too old to be edited.", "Send a new message."),
        zh=Text("消息发送太久，不能编辑了", "请重新发送消息"),
    ),
    "send-rate-exceeded": Entry(
        en=Text("You are sending messages too fast.", "Try again in a few seconds."), zh=Text("发送太快了", "请过几秒再试")
    ),
    "mention-all-limit-reached": Entry(
        en=Text(
            "All members were mentioned often enough today.",
            "Send it without mentioning all, or try again tomorrow.",
            "The limit is {limit} messages a day in a circle.",
        ),
        zh=Text("今天 @所有人 的次数用完了", "请去掉 @所有人 再发，或明天再试", "每个圈子每天最多 {limit} 次"),
        facts=("limit",),
    ),
    "reaction-limit-reached": Entry(
        en=Text(
            "You have reacted to this message in too many ways.",
            "Take a reaction back first.",
            "The limit is {limit} reactions.",
        ),
        zh=Text("这条消息的回应太多了", "请先取消已有的回应再添加", "每条消息最多 {limit} 个回应"),
        facts=("limit",),
    ),
    "slow-mode-active": Entry(
        en=Text("This room is in slow mode, and you sent a message a moment ago.", "Wait until you can send again."),
        zh=Text("聊天室已开启慢速模式", "请稍后再发"),
    ),
    "subscription-limit-reached": Entry(
        en=Text("This connection is subscribed to too many rooms.", "Open another connection.", "The limit is {limit} rooms."),
        zh=Text("订阅的聊天室已满", "请新建连接后再订阅", "每个连接最多订阅 {limit} 个聊天室"),
        facts=("limit",),
    ),
    "room-archived": Entry(
        en=Text("This topic is archived.", "Write in another room."), zh=Text("话题已归档", "请到其他聊天室发言")
    ),
    "room-not-topic": Entry(
        en=Text("The lobby and the moderators' room have the circle's name and cannot be archived.", "Change a topic."),
        zh=Text("大厅和管理室不能改名或归档", "请选择话题"),
    ),
    "highlight-limit-reached": Entry(
        en=Text("The limit of highlights is reached.", "Take one out first.", "The limit is {limit}."),
        zh=Text("精华已满", "请先取消一条", "最多 {limit} 条"),
        facts=("limit",),
    ),
    "topic-limit-reached": Entry(
        en=Text("The limit of topics is reached.", "Archive or reopen another one first.", "The limit is {limit}."),
        zh=Text("话题数量已达上限", "请先归档或恢复其他话题", "最多 {limit} 个"),
        facts=("limit",),
    ),
    "ticket-invalid": Entry(
        en=Text("This ticket is unknown, used or expired.", "Get a new one."), zh=Text("连接已失效", "请重新连接")
    ),
    "socket-expired": Entry(
        en=Text("The sign-in of this connection has expired.", "Sign in and connect again."),
        zh=Text("登录已过期", "请重新登录"),
    ),
}

FIELDS = {
    "ahead-of-room": Message("is ahead of the room", "消息序号有误，请刷新后重试"),
    "excluded-by-other": Message("cannot be given together with {other}", "不能与 {other} 同时使用"),
    "must-be-push-endpoint": Message("must be an https address of a public push service", "推送地址无效，请重新订阅"),
    "must-be-push-key": Message("must be the key of a push subscription", "推送密钥无效，请重新订阅"),
    "must-be-message-of-room": Message("is not a message of this room", "消息不在这个聊天室"),
}
