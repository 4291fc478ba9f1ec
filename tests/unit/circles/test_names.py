"""A2: which names are allowed, and how names are put in order and searched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pypinyin import lazy_pinyin

from services.circles.domain.profile import Name
from services.circles.names.pinyin import MAX_PREFIXES, NameQuery, name_of
from services.circles.schemas import UpdateProfileRequest
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.names.rules import require_allowed_name, require_no_contact

OFFICIAL_WORDS = """
官方 观鸟官方号 官.方 官❤方 官方 管理员 管理員 客服小林 客·服 圈主大人 版主1号 系统通知 系统 平台 審核員 运营团队
Coterie小王 c0ter1e ℂoterie Ｃｏｔｅｒｉｅ admin ADMIN ａｄｍｉｎ 4dm1n adm1n @dmin adrnin admin1 admin小王
Аdmіn αdmin Ꭺⅾміո аԁⅿіո Sys.Admin OFFICIAL 0fficial moderator guanfang guanliyuan Administrat0r
"""
OFFICIAL = [*OFFICIAL_WORDS.split(), "官 方", "a d m i n", "iam a d m i n", "ad\u200bmin"]
CONTACT_WORDS = """
微信abc12345 薇信xiaowang88 维X:abc123 vx:abc123 wx_abc1234 加v看主页 加微聊 +微 QQ123456789 qq:abc123 扣扣12345678
13800138000 138-0013-8000 ①③⑧⓪⓪①③⑧ 一三八零零一三八 １３８００１３８０００ abc.com www.a.cn 找我abc点com telegram:abc12345
"""
CONTACTS = [*CONTACT_WORDS.split(), "1 3 8 0 0 1 3 8"]
ALLOWED_WORDS = """
小王 badminton队 Modern家 观鸟的Amy 威信很高 薇诺娜 V8发动机 QQ糖 小王2024 生态系统研究 圈友1234 人造卫星 Wendy 加菲猫
🐦‍⬛鸟人 李1998 加拿大鹅 fit4life R2D2 手机摄影师 微信小王 加微笑 加油 一二三木头人 Systematic L0ve
Иван Αλέξανδρος さくら 한결 José Lady.A
"""
ALLOWED = ALLOWED_WORDS.split()


def error_of(nickname: Any) -> str:
    """Return the code of the error of a nickname in a request, or an empty text."""
    try:
        UpdateProfileRequest.model_validate({"nickname": nickname})
    except ValidationError as error:
        (detail,) = error.errors()
        cause = detail.get("ctx", {}).get("error")
        return cause.code if isinstance(cause, ValueInvalid) else detail["type"]
    return ""


@pytest.mark.parametrize("name", OFFICIAL)
def test_a2_a_name_that_looks_official_is_denied(name: str) -> None:
    assert error_of(name) == "name-looks-official"


@pytest.mark.parametrize("name", CONTACTS)
def test_a2_a_name_with_contact_data_is_denied(name: str) -> None:
    assert error_of(name) == "has-contact-data"


@pytest.mark.parametrize("name", ALLOWED)
def test_a2_an_ordinary_name_is_allowed(name: str) -> None:
    assert error_of(name) == ""


def test_a2_a_passcode_is_no_name() -> None:
    assert error_of("7KQ2-9M4X-B3TD") == "has-passcode"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "string_too_short"),
        (" ", "must-not-be-blank"),
        ("\u200b\u2060", "must-not-be-blank"),
        ("a\u202eb", "character-not-allowed"),
        ("a\nb", "character-not-allowed"),
        ("a\x07b", "character-not-allowed"),
        ("a" + "\u0301" * 40, "too-many-combining-marks"),
        ("鸟" * 21, "string_too_long"),
        ("👨‍👩‍👧‍👦" * 40, "string_too_long"),
        ("👨‍👩‍👧‍👦" * 12, "string_too_long"),  # 12 characters, but 84 code points
        (7, "string_type"),
    ],
)
def test_a2_a_name_has_1_to_20_visible_characters(name: Any, code: str) -> None:
    assert error_of(name) == code


@pytest.mark.parametrize("name", ["鸟" * 20, "👨‍👩‍👧‍👦" * 11, "é" * 20])
def test_a2_visible_characters_are_counted(name: str) -> None:
    assert error_of(name) == ""


def test_a2_a_bio_has_no_contact_data_but_can_name_the_platform() -> None:
    assert require_no_contact("Coterie 的老用户，喜欢官方活动") == "Coterie 的老用户，喜欢官方活动"
    with pytest.raises(ValueInvalid):
        require_no_contact("加我微信：birder_2024")


def test_a2_a_normalised_name_is_stored() -> None:
    request = UpdateProfileRequest.model_validate({"nickname": "  e\u0301lan\u200b  "})
    assert request.changes == {"name": Name("\u00e9lan", "elan")}


def test_a2_a_patch_has_only_what_was_sent() -> None:
    assert UpdateProfileRequest.model_validate({}).changes == {}
    assert UpdateProfileRequest.model_validate({"bio": None}).changes == {"bio": ""}
    assert UpdateProfileRequest.model_validate({"nickname": None, "avatar": None}).changes == {"name": None, "avatar": ""}


# pinyin


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *[("重庆小面", "chongqingxiaomian"), ("音乐银行", "yinyueyinhang"), ("觀鳥", "guanniao")],
        *[("Amy 观鸟", "amyguanniao"), ("ＡＢＣ", "abc"), ("José", "jose"), ("🐦", "🐦"), ("绿头鸭", "lvtouya")],
    ],
)
def test_a2_a_name_is_in_the_order_of_its_pinyin(name: str, key: str) -> None:
    assert name_of(name).key == key


SEARCHES = {
    "重庆小面": ["重", "重庆", "重庆小", "重慶", "chongq", "Chong Qing"],
    "重慶小麵": ["重庆小面"],
    "观鸟的Amy": ["觀", "guān niǎo", "观鸟的a"],
    "音乐人": ["音", "音乐"],
    "绿头鸭": ["lü", "lv"],
    "José": ["jos"],
    "🐦鸟人": ["🐦"],
    "小重庆": ["小重"],
}


@pytest.mark.parametrize(("name", "query"), [(name, query) for name, queries in SEARCHES.items() for query in queries])
def test_a2_the_beginning_of_a_name_finds_it(name: str, query: str) -> None:
    parsed, found = NameQuery.parse(query), name_of(name)
    assert found.key.startswith(parsed.prefixes)
    assert parsed.matches(found)


@pytest.mark.parametrize(("name", "query"), [("观鸟", "鸟"), ("官人", "观"), ("重庆", "中"), ("Amy", "my"), ("观鸟", "niao")])
def test_a2_other_names_are_not_found(name: str, query: str) -> None:
    assert not NameQuery.parse(query).matches(name_of(name))


@given(st.text("重庆音乐银行长大小观鸟的都单和", min_size=1, max_size=6), st.integers(1, 6))
def test_a2_every_beginning_of_a_name_has_a_prefix_of_its_key(name: str, length: int) -> None:
    query = NameQuery.parse(name[:length])
    assert 1 <= len(query.prefixes) <= MAX_PREFIXES
    assert list(query.prefixes) == sorted(query.prefixes)
    assert query.matches(name_of(name))
    assert name_of(name).key.startswith(query.prefixes)


@pytest.mark.parametrize("name", ["重庆", "音乐", "长大", "银行", "都市", "快乐", "觉得", "单于", "朝阳", "会计"])
def test_a2_the_readings_are_those_of_a_dictionary_with_phrases(name: str) -> None:
    assert name_of(name).key == "".join(lazy_pinyin(name))


def test_a2_rules_return_the_name() -> None:
    assert require_allowed_name("小王") == "小王"
