"""C8: the spellings of a passcode that phones, mail, chats and web pages make, and ordinary text that is none."""

from __future__ import annotations

import secrets
import sys
import unicodedata
from datetime import UTC, datetime

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import format_passcode, parse_passcode
from services.circles.domain.passcode import share_texts
from services.circles.errors import PasscodeUnclear
from services.circles.schemas import JoinCircleRequest
from services.shared.kernel.pasted_text import has_passcode_form
from simulation.setup.circles import issue_passcode, open_circle
from simulation.simulation import Simulation
from simulation.users import caller
from tests.support.cpu import cpu_at_most

LIN, MEI = caller("lin"), caller("mei")
SYMBOLS = "7KQ2M0XV9TRC"
A, B, C = "7KQ2", "M0XV", "9TRC"
PASSCODE = f"{A}-{B}-{C}"
CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
DASHES = [character for character in CHARACTERS if unicodedata.category(character) == "Pd"]
SPACES = [character for character in CHARACTERS if unicodedata.category(character) in ("Zs", "Zl", "Zp")]
INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2063\ufe0e\ufe0f\ufeff"
DIRECTIONS = "\u202a\u202c\u202d\u2066\u2068\u2069"


def shifted(first: int, *, digits: int, text: str = PASSCODE) -> str:
    """Return the text with the characters of another alphabet of Unicode."""
    moved = {chr(65 + index): chr(first + index) for index in range(26)}
    moved |= {str(index): chr(digits + index) for index in range(10)} if digits else {}
    return "".join(moved.get(character, character) for character in text)


def grouped(length: int, separator: str) -> str:
    return separator.join(SYMBOLS[start : start + length] for start in range(0, 12, length))


SPELLINGS = {
    "minus": f"{A}\u2212{B}\u2212{C}",
    "en dash in a sentence": f"快来 {A}–{B}–{C} 一起看鸟",
    "two hyphens": f"{A}--{B}--{C}",
    "em dashes": f"{A}——{B}——{C}",
    "hyphen bullet": f"{A}\u2043{B}\u2043{C}",
    "long vowel": f"{A}ー{B}ー{C}",
    "half-width long vowel": f"{A}\uff70{B}\uff70{C}",
    "chinese 1": f"{A}一{B}一{C}",
    "middle dot": f"{A}·{B}·{C}",
    "katakana dot": f"{A}・{B}・{C}",
    "bullet": f"{A}•{B}•{C}",
    "dots": f"{A}.{B}.{C}",
    "underscores": f"{A}_{B}_{C}",
    "spaced hyphens": f"{A} - {B} - {C}",
    "spaced dashes": f"{A} — {B} — {C}",
    "space after": f"{A}- {B}- {C}",
    "space before": f"{A} -{B} -{C}",
    "one space": f"{A}- {B}-{C}",
    "break after a hyphen": f"{A}-\n{B}-{C}",
    "break after both hyphens": f"{A}-\r\n{B}-\r\n{C}",
    "break before a hyphen": f"{A}\n-{B}-{C}",
    "lines": f"{A}\n{B}\n{C}",
    "tabs": f"{A}\t{B}\t{C}",
    "two spaces": f"{A}  {B}  {C}",
    "next line": f"{A}-\u0085{B}-{C}",
    "vertical tab": f"{A}-\x0b{B}-{C}",
    "form feed": f"\x0c{PASSCODE}",
    "soft break in mail": f"{A}-=\n{B}-{C}",
    "soft break in a group": f"7K=\r\nQ2-{B}-{C}",
    "encoded hyphen in mail": f"{A}=E2=80=91{B}=E2=80=91{C}",
    "encoded space in mail": f"{PASSCODE}=20\nbye",
    "soft break in a quote": f"> {A}-{B}-=\n> {C}",
    "quoted": f"> {PASSCODE}",
    "quoted and broken": f"> {A}-\n> {B}-\n> {C}",
    "quoted twice": f">> {A}-\n>> {B}-{C}",
    "quoted and repeated": f"{PASSCODE}\n\nOn Monday a friend wrote:\n> {PASSCODE}",
    "bold": f"**{PASSCODE}**",
    "bold for a chat": f"*{PASSCODE}*",
    "bold groups": f"*{A}*-*{B}*-*{C}*",
    "code": f"`{PASSCODE}`",
    "code block": f"```\n{PASSCODE}\n```",
    "struck": f"~~{PASSCODE}~~",
    "underlined": f"__{PASSCODE}__",
    "combined line": "\u0332".join(PASSCODE) + "\u0332",
    "tags": f"<b>{A}</b>-<b>{B}</b>-<b>{C}</b>",
    "tag with attributes": f'<span style="color:red">{PASSCODE}</span><br/>ok',
    "tag of a break": f"{A}-<wbr>{B}-<wbr>{C}",
    "angle brackets": f"<{PASSCODE}>",
    "entity of a hyphen": f"{A}&#8209;{B}&#8209;{C}",
    "entity of a space": f"{A}&nbsp;{B}&nbsp;{C}",
    "entity of a soft hyphen": f"{A}-&shy;{B}-&shy;{C}",
    "percent": f"{A}%20{B}%20{C}",
    "percent hyphen": f"{A}%2D{B}%2D{C}",
    "percent dash": f"{A}%E2%80%91{B}%E2%80%91{C}",
    "address": f"https://app.example/join?passcode={PASSCODE}&from=chat",
    "lower case": PASSCODE.lower(),
    "mixed case": "7kQ2-m0xV-9tRc",
    "full width": shifted(0xFF21, digits=0xFF10),
    "full width in lower case": shifted(0xFF41, digits=0xFF10).replace("-", "－"),
    "bold letters": shifted(0x1D400, digits=0x1D7CE),
    "sans-serif": shifted(0x1D5A0, digits=0x1D7E2),
    "monospace": shifted(0x1D670, digits=0x1D7F6),
    "double-struck digits": shifted(0x1D5D4, digits=0x1D7D8),
    "circled": shifted(0x24B6, digits=0).replace("7", "⑦").replace("2", "②").replace("0", "⓪").replace("9", "⑨"),
    "squared": shifted(0x1F130, digits=0),
    "white on black": shifted(0x1F170, digits=0),
    "flags": shifted(0x1F1E6, digits=0),
    "keycaps": "7\ufe0f\u20e3KQ2\ufe0f\u20e3-M0\ufe0f\u20e3XV-9\ufe0f\u20e3TRC",
    "arabic digits": PASSCODE.replace("7", "٧").replace("2", "٢").replace("0", "٠").replace("9", "٩"),
    "cyrillic": "7КQ2-М0ХV-9ТRС",
    "greek": "7ΚQ2-Μ0ΧV-9ΤRC",
    "small capitals of a keyboard": "7кQ2-м0хV-9тRс",
    "O for 0": f"{A}-MOXV-{C}",
    "groups of 2": grouped(2, "-"),
    "groups of 2 with spaces": grouped(2, " "),
    "groups of 3": grouped(3, "-"),
    "groups of 3 with spaces": grouped(3, " "),
    "groups of 6": grouped(6, "-"),
    "groups of 6 with spaces": grouped(6, " "),
    "groups of 6 in a sentence": f"请用 {grouped(6, ' ')} 进圈，8 月 3 日前有效",
    "no groups": SYMBOLS,
    "single symbols": grouped(1, " "),
    "chinese around": f"口令{SYMBOLS}进圈",
    "brackets": f"【{A}】-【{B}】-【{C}】".replace("】-【", "-"),
    "quotation marks": f"“{A}-{B}-{C}”",
    "word before": f"code-{PASSCODE}",
    "dash before": f"Passcode - {PASSCODE} - see you",
    "full stop after": f"{PASSCODE}.Thanks",
    "list": f"1. {PASSCODE}",
    "bom": f"\ufeff{PASSCODE}\ufeff",
    "isolates": f"\u2068{PASSCODE}\u2069",
    "embedding": f"\u202a{PASSCODE}\u202c",
    "object": f"\ufffc{PASSCODE}",
}


def pasted(text: str) -> str:
    """Return the text as the route passes it to the use case."""
    return JoinCircleRequest(passcode=text).passcode


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_c8_a_passcode_is_read_in_every_spelling(text: str) -> None:
    assert parse_passcode(text) == SYMBOLS
    assert parse_passcode(pasted(text)) == SYMBOLS


def test_c8_every_dash_space_and_invisible_character_of_unicode_can_be_between_the_symbols() -> None:
    assert len(DASHES) > 20
    for separator in (*DASHES, *SPACES):
        for text in (f"{A}{separator}{B}{separator}{C}", f"{A} {separator} {B} {separator} {C}"):
            assert parse_passcode(pasted(text)) == SYMBOLS, ascii(separator)
    for invisible in INVISIBLE + DIRECTIONS:
        for text in (invisible.join(PASSCODE), f"{A}{invisible}-{B}-{invisible}{C}", f"口令：{invisible}{PASSCODE}{invisible}"):
            assert parse_passcode(text) == SYMBOLS, ascii(invisible)
            assert parse_passcode(pasted(text)) == SYMBOLS, ascii(invisible)


@pytest.mark.parametrize("length", [2, 3, 4, 6, 12])
def test_c8_every_passcode_alone_in_chinese_text_is_read_in_every_grouping(length: int) -> None:
    for _ in range(300):
        symbols = format_passcode(secrets.token_bytes(8)).replace("-", "")
        if symbols.isdigit():
            continue  # 1 in a million, and as likely a number
        for separator in ("-", " ", " - ", "\u2011"):
            text = separator.join(symbols[start : start + length] for start in range(0, 12, length))
            assert parse_passcode(f"复制这段话进圈：{text}。") == symbols
            assert parse_passcode(text.lower()) == symbols
            assert parse_passcode(f"{text.lower()}，再说一次：{text}") == symbols


OTHER = "8JR3-N1YW-ATSD"
OTHER_DASHED = OTHER.replace("-", "\u2011")
OTHER_HIDDEN = "\u200b".join(OTHER)
TWO = {
    "two lines": f"{PASSCODE}\n{OTHER}",
    "one sentence": f"{PASSCODE}或{OTHER}",
    "with spaces": f"{PASSCODE} {OTHER}".replace("-", " "),
    "one is hidden": f"{PASSCODE} {OTHER_HIDDEN}",
    "one has another dash": f"{PASSCODE} {OTHER_DASHED}",
    "one in other groups": f"{PASSCODE}，8JR3N1 YWATSD",
    "one is full width": f"{PASSCODE} {shifted(0xFF21, digits=0xFF10, text=OTHER)}",
    "one is quoted": f"{PASSCODE}\n> {OTHER}",
    "joined": f"{PASSCODE}-{OTHER}",
    "a word that is exact": "here 7KQ2 M0XV 9TRC",
}


@pytest.mark.parametrize("text", TWO.values(), ids=TWO)
def test_c8_two_passcodes_in_any_spelling_are_unclear(text: str) -> None:
    with pytest.raises(errors.PasscodeUnclear):
        parse_passcode(pasted(text))


ORDINARY = [
    "今天去公园看鸟，看到 3 只白鹭、12 只苍鹭，拍了 200 多张。",
    "We have been here before, and they said that this park was good for owls.",
    "the cat sat and the dog ran off, but 250 men and one boy saw it",
    "for 100 men and 20 dogs it was hot",
    "organization, Photography, representatives, relationships",
    "手机 138-1234-5678，13812345678，+86 138 1234 5678",
    "客服电话 0755-1234-5678 或 0755 8888 9999",
    "订单号 202408011234，快递 123456789012",
    "卡号 6222 0212 3456 7890",
    "card 4111-1111-1111-1111",
    "550e8400-e29b-41d4-a716-446655440000",
    "product key ABCD1-EFGH2-JKMN3-PQRS4-TVWX5",
    "gift card X7KQ-2M0X-V9TR-C8JR",
    "https://www.bilibili.com/video/BV1GJ411x7h7",
    "https://youtu.be/dQw4w9WgXcQ",
    "2024-08-01 12:00 到 2024-08-02 13:00",
    "2024.0801.1200",
    "models A12 B15 C17 D19, f1 f2 f3 f4 f5 f6",
    "shot with 85mm lens and 35mm film",
    "well-made-part, free-form-text, test-data-here",
    "ISBN 978-7-100-12345-6",
    "00:1A:2B:3C:4D:5E",
    "192.168.100.200 和 10.0.0.1",
    "I am at 10 am on my way to it",
    "A B C D E F",
    "口令是什么？",
    "7KQ2-M0XV",
    "7KQ2-M0XV-9TRC-1",
    "ABCDEFGHJKMNP",
    "价格 1299，尺码 M-L-XL，色号 A12",
    "Meet here 2024, best team ever",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_c8_ordinary_text_has_no_passcode(text: str) -> None:
    with pytest.raises(errors.PasscodeUnclear):
        parse_passcode(pasted(text))


@pytest.mark.parametrize("name", ["groups of 6", "minus", "spaced hyphens", "cyrillic", "quoted and broken", "chinese 1"])
def test_c3_a_passcode_in_a_teaser_is_recognised_in_other_spellings_too(name: str) -> None:
    assert has_passcode_form(SPELLINGS[name])


def test_c8_a_user_joins_with_a_passcode_that_mail_has_broken() -> None:
    simulation = Simulation()
    passcode = issue_passcode(simulation, LIN, open_circle(simulation, LIN))
    first, second, third = passcode.split("-")
    text = pasted(f"\u202a> 口令：{first}\u2011=\n> {second}\u2011\r\n> {third}\u202c")
    assert circles.join_circle(simulation.circles, MEI, text).is_active


@pytest.mark.parametrize(
    "text", ["A-" * 500, "7KQ2 M0XV 9TRC 8JR3 " * 50, "<b " * 330, "> " * 500, "&" * 1000, "=E2" * 333, "=\n" * 500], ids=repr
)
def test_c8_no_text_takes_long_to_read(text: str) -> None:
    with cpu_at_most(loops=5):
        for _ in range(3):
            with pytest.raises(errors.PasscodeUnclear):
                parse_passcode(text)


def test_c8_a_passcode_without_digits_is_read_in_the_texts_to_share_in_either_case() -> None:
    """1 passcode in 90 has none, and in lower case it could be words."""
    symbols, until = "ABCDEFGHJKMN", datetime(2026, 8, 3, 12, tzinfo=UTC)
    for text in share_texts("ABCD-EFGH-JKMN", until).values():
        assert parse_passcode(text) == parse_passcode(text.lower()) == symbols
    assert parse_passcode("【城市观鸟圈】复制这段口令打开 App：abcd-efgh-jkmn，快来！") == symbols
    with pytest.raises(PasscodeUnclear):
        parse_passcode("口令 abcd-efgh-jkmn 或 abcd-efgh-jkmp")
    with pytest.raises(PasscodeUnclear):
        parse_passcode("see test-data-here")
