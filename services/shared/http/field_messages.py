"""The Chinese messages of the errors that pydantic finds in a request.

The English messages are pydantic's. Messages of our own validators and use cases are beside their code, in `ValueInvalid` and
`FieldError`.
"""

from __future__ import annotations

from pydantic_core import ErrorDetails

from services.shared.kernel.errors import ValueInvalid

DEFAULT_ZH = "格式不正确"
MESSAGES_ZH = {  # pydantic's error type: the message, with the values of its context
    "missing": "必填",
    "extra_forbidden": "不支持这个字段",
    "model_type": "请使用 JSON 对象",
    "dict_type": "请使用 JSON 对象",
    "string_type": "请填写文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "list_type": "请使用列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "bool_type": "请填写 true 或 false",
    "bool_parsing": "请填写 true 或 false",
    "int_type": "请填写整数",
    "int_parsing": "请填写整数",
    "int_from_float": "请填写整数",
    "float_type": "请填写数字",
    "float_parsing": "请填写数字",
    "finite_number": "数字无效",
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "要小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "enum": "请从可选值中选择",
    "literal_error": "请从可选值中选择",
    "datetime_type": "请填写时间",
    "datetime_parsing": "时间格式不正确",
    "datetime_from_date_parsing": "时间格式不正确",
    "timezone_aware": "时间要带时区",
    "date_type": "请填写日期",
    "date_parsing": "日期格式不正确",
    "date_from_datetime_parsing": "日期格式不正确",
    "date_from_datetime_inexact": "日期格式不正确",
    "time_type": "请填写时间",
    "time_parsing": "时间格式不正确",
}


def message_zh_of(error: ErrorDetails) -> str:
    """Return the Chinese message of one error of a `ValidationError`."""
    context = error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, ValueInvalid):
        return cause.message_zh
    return MESSAGES_ZH.get(error["type"], DEFAULT_ZH).format(**context)
