"""Choice of the language of a response from the Accept-Language header.

No library fits: Werkzeug returns en for `en;q=0.1, zh-TW`, Babel has 36 MB, and WebOb needs `legacy-cgi` on Python 3.13.
"""

from __future__ import annotations

import re

LANGUAGES = {"en": "en", "zh": "zh-CN"}  # language of the catalogue: value of Content-Language; the first is the default
MAX_LENGTH = 1000
# Compiled at its first use: a cold start does not pay for it.
RANGE = (
    r"[ \t]*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)[ \t]*"
    r"(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?"
)


def choose_language(header: str) -> str:
    """Return the language that the reader prefers, by lookup (RFC 4647, section 3.4) over quality values (RFC 9110).

    A range matches by its primary subtag: zh-TW and zh-Hans-CN match zh. A malformed header has no effect.
    """
    default, *_ = LANGUAGES
    elements = header.split(",") if len(header) <= MAX_LENGTH else []
    ranges = [re.fullmatch(RANGE, element) for element in elements if element.strip()]
    weights = [(float(match[2] or 1), match[1].lower()) for match in ranges if match]
    if len(weights) < len(ranges):
        return default
    excluded = {tag for weight, tag in weights if not weight}
    for weight, tag in sorted(weights, key=lambda weighted: -weighted[0]):  # stable: of equal weights, the first in the header
        language = tag.partition("-")[0]
        if weight and language in LANGUAGES and language not in excluded:
            return language
    return next((language for language in LANGUAGES if language not in excluded), default)
