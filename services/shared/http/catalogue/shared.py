"""The texts of the errors of `services.shared`, and of codes that several services have."""

from __future__ import annotations

from services.shared.http.catalogue.entry import Entry, Message, Text

ERRORS = {
    "bad-request": Entry(
        en=Text("The request could not be read.", "Correct its format."), zh=Text("请求格式有误", "请检查后重试")
    ),
    "unauthorized": Entry(
        en=Text("The request has no valid access token.", "Sign in again."), zh=Text("登录已失效", "请重新登录")
    ),
    "access-revoked": Entry(en=Text("Your sign-in was ended.", "Sign in again."), zh=Text("登录已失效", "请重新登录")),
    "sign-in-ended": Entry(
        en=Text("You signed out on all devices.", "Sign in again."), zh=Text("你已在所有设备上退出登录", "请重新登录")
    ),
    "forbidden": Entry(en=Text("You do not have permission to do this."), zh=Text("你没有这项权限")),
    "role-not-allowed": Entry(
        en=Text("Your role in this circle does not allow this action."), zh=Text("你在圈子里的角色没有这项权限")
    ),
    "operator-required": Entry(en=Text("Only operators can do this."), zh=Text("只有平台运营人员可以操作")),
    "staff-sign-in-required": Entry(
        en=Text(
            "This sign-in does not count for reviewers and operators.",
            "Set up an authenticator app, then sign in again with the staff app.",
        ),
        zh=Text("这次登录不能用于审核和运营", "请先绑定身份验证器，再从工作人员端重新登录"),
    ),
    "caller-muted": Entry(
        en=Text("You are muted: you cannot post, sell or moderate for now."), zh=Text("你已被禁言，暂时不能发言、出售或管理")
    ),
    "caller-restricted": Entry(
        en=Text("Your account is restricted: you cannot sell."), zh=Text("你的账号受到限制，暂时不能出售商品")
    ),
    "caller-minor": Entry(
        en=Text("You cannot sell until you are 18.", "Take your listings off sale."),
        zh=Text("未满 18 岁不能出售商品", "请下架已有的商品"),
    ),
    "account-suspended": Entry(
        en=Text("Your account is suspended.", "Read the reason in your account status, where you can appeal."),
        zh=Text("你的账号已被封禁", "请在账号状态中查看原因，也可以申诉"),
        facts=("level", "violation", "until", "appeal"),
    ),
    "newcomer-limit-exceeded": Entry(
        en=Text(
            "Newcomers cannot post this yet.",
            "Read here for a few days first.",
            "A newcomer's post has no links or codes of links, at most {max_pictures} pictures and {max_mentions} mentions.",
        ),
        zh=Text(
            "新成员暂时不能发布这类内容",
            "请先浏览几天",
            "新成员发布的内容不能有链接（含二维码），图片最多 {max_pictures} 张，最多提到 {max_mentions} 人",
        ),
        facts=("max_pictures", "max_mentions"),
    ),
    "selling-not-open": Entry(
        en=Text("Nothing can be sold in this circle yet.", "Wait until sales are open.", "The rule {rule} ends at {frees_at}."),
        zh=Text("圈子暂时不能卖东西", "请等到开放后再试", "规则 {rule}，{frees_at} 结束"),
        facts=("rule", "frees_at"),
    ),
    "guardrail-reached": Entry(
        en=Text(
            "A guardrail of the circle does not permit this commercial post now.",
            "Post without products, also in QR codes, first, or wait until the limit is free.",
            "The rule {rule} permits at most {limit}. Missing: {missing}.",
        ),
        zh=Text(
            "圈子的商业上限已用完",
            "请先发不带商品（含二维码）的内容，或等名额恢复",
            "规则 {rule}：上限 {limit}，还差 {missing}",
        ),
        facts=("rule", "limit", "missing", "frees_at"),
    ),
    "not-found": Entry(en=Text("This does not exist, or you are not allowed to see it."), zh=Text("内容不存在或无权查看")),
    "method-not-allowed": Entry(
        en=Text("This address does not support the method of the request.", "Use an allowed method.", "Allowed: {allowed}."),
        zh=Text("这个地址不支持当前请求方法", "请换用支持的方法", "支持：{allowed}"),
        facts=("allowed",),
    ),
    "conflict": Entry(en=Text("The state has changed.", "Reload it and try again."), zh=Text("内容已更新", "请刷新后重试")),
    "circle-read-only": Entry(en=Text("The circle is read-only at the moment."), zh=Text("圈子目前只能浏览")),
    "pin-limit-reached": Entry(
        en=Text("The limit of pins is reached.", "Unpin one first.", "The limit is {limit}."),
        zh=Text("置顶已满", "请先取消一条", "最多置顶 {limit} 条"),
        facts=("limit",),
    ),
    "listing-not-on-sale": Entry(
        en=Text("This product is not on sale at the moment.", "Choose another one."), zh=Text("商品暂停出售", "请换一件")
    ),
    "precondition-failed": Entry(
        en=Text("The state changed since you read it.", "Read it again."), zh=Text("内容有更新", "请刷新后再修改")
    ),
    "precondition-required": Entry(
        en=Text("This change needs the If-Match header.", "Read it again and send its ETag."),
        zh=Text("修改缺少 If-Match", "请重新读取，再带上它的 ETag"),
    ),
    "body-too-large": Entry(
        en=Text("The request body is larger than 256 KB.", "Send less."), zh=Text("内容超过 256 KB", "请精简后重试")
    ),
    "unsupported-media-type": Entry(
        en=Text("The request body has the wrong type.", "Send application/json in UTF-8."),
        zh=Text("内容类型有误", "请发送 UTF-8 编码的 JSON"),
    ),
    "invalid": Entry(
        en=Text("Some fields are invalid.", "Correct them and try again."), zh=Text("部分内容不符合要求", "请修改后重试")
    ),
    "key-reused": Entry(
        en=Text("This Idempotency-Key was used with another body.", "Use a new key."), zh=Text("请求已提交过", "请刷新后重试")
    ),
    "idempotency-key-time-invalid": Entry(
        en=Text(
            "This Idempotency-Key is too old, or its time is in the future.",
            "Compare your clock with server_time, then use a new key.",
        ),
        zh=Text("请求已过期，或设备时间不准", "请校准时间后重试"),
    ),
    "too-many-requests": Entry(
        en=Text("You have sent too many requests.", "Try again later."), zh=Text("操作太频繁", "请稍后再试")
    ),
    "rate-limit-reached": Entry(
        en=Text(
            "You are doing this too often.",
            "Wait, then try again.",
            "You can do it {limit} times at once, then once every {interval_seconds} seconds.",
        ),
        zh=Text("操作太频繁", "请稍后再试", "最多连续 {limit} 次，之后每 {interval_seconds} 秒 1 次"),
        facts=("limit", "interval_seconds"),
    ),
    "conflict-of-interest": Entry(
        en=Text("You have a conflict of interest here.", "Leave the decision to another reviewer."),
        zh=Text("你和当事人有利益关联", "请交给其他审核员"),
    ),
    "reviewer-not-enrolled": Entry(
        en=Text("Only enrolled reviewers can do this.", "Ask an operator to enrol you."),
        zh=Text("你还不是审核员", "请联系运营人员登记"),
    ),
    "read-grant-invalid": Entry(
        en=Text("This read needs a grant that is valid and unused.", "Request a read grant, and read again."),
        zh=Text("这次查看缺少有效的许可", "请重新申请查看许可"),
    ),
    "read-limit-reached": Entry(
        en=Text("You have read about too many users within an hour.", "Try again later."),
        zh=Text("1 小时内查看的用户资料过多", "请稍后再试"),
    ),
    "internal-error": Entry(en=Text("An internal error occurred.", "Try again later."), zh=Text("服务出错了", "请稍后重试")),
    "unavailable": Entry(en=Text("The service is busy.", "Try again in a moment."), zh=Text("系统繁忙", "请稍后重试")),
}

FIELDS = {
    "must-be-china-time": Message("must be a time of day in China, such as 22:30", "请填写北京时间，如 22:30"),
    "required": Message("is required", "必填"),
    "unknown-field": Message("is not a known field", "不支持这个字段"),
    "unknown-parameter": Message("is not a parameter of this route", "不支持这个参数"),
    "format-invalid": Message("has an invalid format", "格式不正确"),
    "must-be-object": Message("must be an object", "请使用 JSON 对象"),
    "must-be-list": Message("must be a list", "请使用列表"),
    "must-be-text": Message("must be a text", "请填写文字"),
    "must-be-boolean": Message("must be true or false", "请填写 true 或 false"),
    "must-be-integer": Message("must be a whole number", "请填写整数"),
    "must-be-number": Message("must be a number", "请填写数字"),
    "must-be-finite": Message("must be a finite number", "数字无效"),
    "must-be-time": Message("must be a time in RFC 3339 format", "时间格式不正确"),
    "must-have-time-zone": Message("must have a time zone", "时间要带时区"),
    "must-be-date": Message("must be a date such as 2026-08-03", "日期格式不正确"),
    "must-be-duration": Message("must be an ISO 8601 duration such as PT15M", "请使用 ISO 8601 时长，如 PT15M"),
    "must-be-in-order": Message("must have {low} of at most {high}", "{low} 不能大于 {high}"),
    "cohort-without-quota": Message("must have the seats of the cohort in quotas", "请在 quotas 填写这个批次的名额"),
    "unknown-flag": Message("must not contain {flag}: this service has no such flag", "没有 {flag} 这个开关"),
    "flag-rules-invalid": Message("must have valid rules for {flag}", "{flag} 的规则格式不正确"),
    "flag-context-unknown": Message("must not test {key} in {flag}", "{flag} 不能判断 {key}"),
    "json-too-long": Message("must be at most {max_bytes} bytes of JSON", "JSON 最多 {max_bytes} 字节"),
    "must-be-time-of-day": Message("must be a time of day such as 22:30", "时间格式不正确"),
    "text-too-short": Message("must have at least {min_length} characters", "至少 {min_length} 个字"),
    "text-too-long": Message("must have at most {max_length} characters", "最多 {max_length} 个字"),
    "too-few-entries": Message("must have at least {min_length} entries", "至少 {min_length} 项"),
    "too-many-entries": Message("must have at most {max_length} entries", "最多 {max_length} 项"),
    "must-be-greater": Message("must be greater than {gt}", "要大于 {gt}"),
    "must-be-at-least": Message("must be at least {ge}", "不能小于 {ge}"),
    "must-be-less": Message("must be less than {lt}", "要小于 {lt}"),
    "must-be-at-most": Message("must be at most {le}", "不能大于 {le}"),
    "must-be-one-of": Message("must be one of {expected}", "请使用：{expected}"),
    "must-not-be-blank": Message("must not be blank", "请填写内容"),
    "character-not-allowed": Message("must not contain the character {character}", "不能包含字符 {character}"),
    "too-many-combining-marks": Message(
        "must not have more than {limit} combining marks on one character", "每个字的叠加符号最多 {limit} 个"
    ),
    "character-broken": Message("must not contain NUL or an unpaired surrogate", "含有无法识别的字符，请删掉"),
    "given-twice": Message("must be given once", "不能重复填写"),
    "must-be-in-future": Message("must be in the future", "结束时间要晚于现在"),
    "must-be-idempotency-key": Message("must be a ULID or a UUIDv7", "请使用 ULID 或 UUIDv7"),
    "key-time-invalid": Message("must have been created within the last {hours} hours", "请使用 {hours} 小时内生成的值"),
    "must-be-cursor-of-list": Message("must be a cursor of this list for this caller", "翻页已失效，请刷新列表"),
    "must-be-utf-8": Message("must be UTF-8", "请使用 UTF-8 编码"),
    "must-be-json": Message("must be valid JSON; see character {position}", "第 {position} 个字符处不是有效的 JSON"),
    "name-repeated": Message("must not repeat a name in one object", "同一对象里的名称不能重复"),
    "too-many-names": Message("must have at most {limit} names in one object", "每个对象最多 {limit} 个名称"),
    "nested-too-deeply": Message("must be nested at most {limit} deep", "最多嵌套 {limit} 层"),
    "number-too-long": Message("must not contain a number of more than {limit} digits", "数字最多 {limit} 位"),
}
