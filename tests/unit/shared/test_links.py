"""C12: what counts as a link: what a phone or a browser would open, however it is disguised, and nothing else."""

from __future__ import annotations

import pytest

from services.shared.kernel.appearance import normalize_appearance
from services.shared.kernel.links import has_link, top_level_domains
from tests.support.cpu import cpu_at_most

# fmt: off
LINKS = [
    "例子.中国", "访问 例子.中国 吧", "例子．中国", "例子.公司，来", "例子.网址/abc", "例子.com", "例子.com吧",
    "baidu.中国", "xn--fsqu00a.xn--fiqs8s", "www.例子.中国", "пример.рф", "пример.com", "한국.한국", "münchen.de",
    "例子。中国/路径", "example.com", "看example.com吧", "(example.com)", "“example.com”", "example.com。很好",
    "EXAMPLE.COM", "Example.Com", "example.shop", "a.b.c.example.io", "google.co.uk", "163.com", "12306.cn",
    "evil.com.哈哈", "a@example.com", "example.com:80", "b23.tv/abc", "t.me/abc", "t.co/x", "bit.ly/x",
    "example.club/join", "asp.net", "1.ai/x", "readme.md", "main.py", "https://example.org", "HTTP://EXAMPLE.ORG",
    "https：／／example.org", "http:example.org", "https:\\\\example.org", "看https://a", "weixin://dl/chat",
    "magnet:?xt=urn:btih:abc", "https://[2001:db8::1]/", "//example.org", "http://localhost:8000", "hxxp://a.b",
    "www.example", "ftp.example.org", "1.2.3.4/x", "打开1.2.3.4看看", "192.168.1.1。", "1.2.3.4.", "1.1.1.1:53",
    "１．２．３．４", "example。com", "example．com", "example｡com", "ｅｘａｍｐｌｅ．ｃｏｍ", "example 点 com",
    "example点com", "example dot com", "example\u200d.com", "exam\u200bple.com", "example.\ufe0fcom", "example.сom",
    "ехаmрlе.com", "ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ", "𝐞𝐱.𝐜𝐨𝐦", "my‑site.com",
]
ORDINARY = [
    "看了GTA。nice", "看了GTA。cool", "用Mac。love it", "我们赢了。中国！", "我们赢了。中国加油", "好吃。餐厅不错",
    "今天好.明天", "今天好.ok", "太好了.so happy", "好吧...in", "。。。", "...", "去哪儿.", "wow。so",
    "看了GTA。cool？", "看了GTA。cool #游戏", "node.js 学习", "vue.js", "three.js 和 D3.js", "index.html",
    "photo.jpg", "main.cpp", "C++ 和 C#", ".com", "D.Va", "S.H.E", "J.K.罗琳", "Mr.Li", "Dr.Ma", "S.H.I.E.L.D",
    "U.S.", "U.S.A", "e.g. this", "i.e. that", "a.m. p.m.", "T.T o.o", "3.14", "1.5kg", "9.9元包邮", "2024.10.01",
    "10.1假期", "第1.0版", "v2.0 版", "v1.2.3", "固件v1.2.3.4", "3.2.1", "1.2.3.4.5", "999.1.1.1", "f/2.8 1/500",
    "12:30", "16:9", "No.1", "1.AI 2.TV", "1.in the morning 2.at noon", "8点to9点", "8点 in the morning", "10点am",
    "http", "www", "www 上网", "a/b/c", "Re:从零开始", "oh no:/", "价格:99", "@林 @梅", "Tel: 0755",
]
# fmt: on


@pytest.mark.parametrize("text", LINKS)
def test_c12_a_link_is_recognised(text: str) -> None:
    assert has_link(text)
    assert has_link(f"周末去看鸟，\n{text}")


@pytest.mark.parametrize("text", ORDINARY)
def test_c12_ordinary_text_has_no_link(text: str) -> None:
    assert not has_link(text)
    assert not has_link(f"周末去看鸟，\n{text}")


def test_every_top_level_domain_ends_a_name() -> None:
    assert len(top_level_domains()) > 1_500
    assert [domain for domain in top_level_domains() if not has_link(f"example.{domain}")] == []


@pytest.mark.parametrize("text", ["a.", "a。", "点", "1.", "a:", "-", "看.", "com.", ".com", "a.b", "\u200b.", " dot "])
def test_no_text_takes_long(text: str) -> None:
    longest = (text * 4000)[:4000]
    with cpu_at_most(loops=10):
        for _ in range(3):
            has_link(longest)


def test_the_appearance_of_what_looks_the_same_is_the_same() -> None:
    for text in ("ＡＢＣ１２３", "АВС①②③", "𝐀𝐁𝐂¹²³", "A\u0301B\u0336C\u200b1\ufe0f\u20e323", "🅰🅱🅲１２３", "🇦🇧🇨123"):
        assert normalize_appearance(text) == "ABC123", text
    assert normalize_appearance("ガンダム 한국 人－人") == "ガンダム 한국 人-人"
