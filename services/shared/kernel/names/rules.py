"""Which names are not allowed: those that look official, and those that contain contact data or a passcode.

Length and characters are checked by the type of the field (kernel/text.py). The rules depend on the text alone, so their errors
reveal nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.links import has_link
from services.shared.kernel.names.look_alikes import to_latin
from services.shared.kernel.pasted_text import has_passcode_form

# In any part of a name. Both scripts; a name in a third one looks official to no reader.
_CHINESE = re.compile(
    "官方|管理[员員]|客服|圈主|版主|[审審]核[员員]|[运運][营營][员員團团]|系[统統](?:通知|消息|管理|助手|客服)|[团團][队隊]官"
)
_WHOLE = frozenset(["系统", "系統", "平台", "管理", "审核", "審核", "运营", "運營", "小助手"])
# As a word of its own, or alone between other scripts and digits: badminton is no admin.
_WORDS = ("admin", "admins", "moderator", "official", "system", "sysadmin", "root", "support", "staff", "guanfang", "kefu")
_ANYWHERE = ("coterie", "administrator", "customerservice", "guanliyuan", "quanzhu", "banzhu")
_DIGITS = str.maketrans("0134578$@!|", "oieastbsaii")  # that are read as Latin characters
_ALIKE = str.maketrans("l", "i")  # `l` and `i` look alike, so both sides of a comparison have `i`
_LATIN = re.compile(
    "|".join(rf"(?<![a-z]){word}(?![a-z])" for word in _WORDS).translate(_ALIKE) + "|" + "|".join(_ANYWHERE).translate(_ALIKE)
)
_SPACED = re.compile(r"(?<![a-z])([a-z]) +(?=[a-z](?![a-z]))")  # single characters: a d m i n

_NUMERALS = str.maketrans("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸幺两", "0012345678912345678923612")
_NUMBER = re.compile(r"\d(?:[ ._·~*/|-]{0,2}\d){6}")  # of a phone or of QQ; a year or a birthday without its year is shorter
_SERVICE = r"(?:[微威薇维維v][信x]|wei ?xin|we ?chat|wx|q ?q|扣扣|企鹅|企鵝|tel|[电電][话話]|手[机機]|telegram|tg|whatsapp)"
_CONTACT = re.compile(
    rf"(?<![a-z]){_SERVICE}[号號是为為id :=/._+-]{{0,6}}[a-z0-9][a-z0-9_-]{{4}}"  # a service and an account
    rf"|(?:加|\+) ?我? ?(?:{_SERVICE}|[微薇](?!笑)|v(?![a-z]))"  # an invitation to one
)


def require_allowed_name(name: str) -> str:
    """Return the name if no rule denies it. Raises: ValueInvalid."""
    if _is_official(name):
        raise ValueInvalid("name-looks-official")
    return require_no_contact(name)


def require_no_contact(text: str) -> str:
    """Return the text if it has no link, phone number, account of a messenger, or passcode. Raises: ValueInvalid."""
    seen = to_latin(text)
    if has_link(text) or _CONTACT.search(seen) or _NUMBER.search(seen.translate(_NUMERALS)):
        raise ValueInvalid("has-contact-data")
    if has_passcode_form(text):
        raise ValueInvalid("has-passcode")
    return text


def _is_official(name: str) -> bool:
    seen = to_latin(name)
    compact = _compact(seen)
    if compact in _WHOLE or _CHINESE.search(compact):
        return True
    return any(_LATIN.search(form.translate(_ALIKE)) for form in _forms(seen))


def _forms(seen: str) -> Iterator[str]:
    """Yield the ways to read a name: with digits for characters, with single characters joined, without blanks."""
    # Digits at both ends can be a number, as in admin1, or be read as Latin characters, as in 4dmin.
    for text in (seen, seen.translate(_DIGITS), seen.strip("0123456789 ").translate(_DIGITS)):
        words = " ".join("".join(character if character.isalnum() else " " for character in text).split())
        for form in (words, _SPACED.sub(r"\1", words), _compact(words)):
            yield form
            yield form.replace("rn", "m").replace("vv", "w")


def _compact(text: str) -> str:
    return "".join(filter(str.isalnum, text))
