"""What counts as a link in a text: what a phone or a browser would open.

A link is an address with a scheme, a name that begins with `www.`, an IPv4 address, or a name that ends with a top-level
domain. The list of these is in `top_level_domains.txt`. See decision 45.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from services.shared.kernel.appearance import normalize_appearance

FILE = Path(__file__).with_name("top_level_domains.txt")

_DOT = r"(?:\.| ?[。点] ?| dot )"  # browsers read 。 as a dot; users write the others for one
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = re.compile(
    r"(?<![a-z0-9])[a-z][a-z0-9+.-]{0,20}:(?://|\\\\)[^\s/]"
    r"|(?<![a-z0-9])(?:https?|ftp|magnet):/?[^\s/]"
    rf"|(?<![a-z0-9])www{_DOT}\w"
    rf"|(?<![a-z0-9.]){_OCTET}(?:[.。]{_OCTET}){{3}}(?![a-z0-9]|\.\d)"
)
MAX_LABEL = 63
_LETTER = r"(?:[^\W\d_]|[\u0900-\u0dff])"  # Indian vowel signs are no word characters for `re`
_OTHER = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]"  # a letter of a script with spaces between words
# A dot with what can be a top-level domain: ASCII, which Chinese may follow, or a whole label that is not ASCII alone.
_ENDINGS = re.compile(
    rf"({_DOT})([a-z0-9-]{{2,{MAX_LABEL}}}(?![a-z0-9-]|{_OTHER})|(?![a-z]*[\W\d_]){_LETTER}{{1,{MAX_LABEL}}}(?![^\W_]|-))"
)
_LABEL_BEFORE = re.compile(r"(?:[a-z0-9-]+|[^\W_])\Z")
_PATH = re.compile(r"/\S|:\d|\?\w+=")
_CHINESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")

# Where the dot can be something else than the dot of a name: only these are no words and no abbreviations in a sentence.
_UNMISTAKABLE = frozenset(["com", "net", "org", "cn", "cc", "xyz", "icu", "biz", "mobi", "edu", "gov"])
_ABBREVIATIONS = frozenset(["mr", "mrs", "ms", "dr", "st", "no", "prof", "etc", "vs", "jr", "sr"])


def has_link(text: str) -> bool:
    """Return whether the text has a link, also a disguised one: other widths, invisible characters, look-alikes.

    Cost: 0.02 ms for a message without a dot, at most 5 ms for 4,000 characters.
    """
    seen = normalize_appearance(text).casefold()
    return bool(_ADDRESS.search(seen)) or any(_is_end_of_name(seen, ending) for ending in _ENDINGS.finditer(seen))


def _is_end_of_name(text: str, ending: re.Match[str]) -> bool:
    """Return whether this dot and what follows it end a name with a top-level domain."""
    dot, domain = ending.groups()
    if domain not in top_level_domains():
        return False
    before = _LABEL_BEFORE.search(text, max(0, ending.start() - MAX_LABEL), ending.start())
    if not before:
        return False
    if domain in _UNMISTAKABLE or _PATH.match(text, ending.end()):
        return True
    return not _can_be_other_dot(before[0], dot, domain)


def _can_be_other_dot(before: str, dot: str, domain: str) -> bool:
    """Return whether the dot can end a sentence or an abbreviation, or number a list: `GTA。nice`, `D.Va`, `1.AI`, `Mr.Li`."""
    if dot != "." or (domain.isascii() and _CHINESE.match(before)):
        return True
    is_marker = before.isascii() and (len(before) == 1 or (len(before) == 2 and before.isdigit()))
    return is_marker or before in _ABBREVIATIONS


@cache
def top_level_domains() -> frozenset[str]:
    """Return all top-level domains as they appear in a text, in ASCII too (`xn--...`)."""
    lines = FILE.read_text(encoding="utf-8").split()
    return frozenset(name for line in lines for name in (line, normalize_appearance(line).casefold()))
