"""Links that applicants give as evidence."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticKnownError

from services.shared.kernel.errors import ValueInvalid

MAX_LINK_LENGTH = 500
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def normalize_link(link: str) -> str:
    """Return the link in printable ASCII: its host in IDNA, the rest percent-encoded. What a reviewer reads is what opens.

    Raises: ValueInvalid (a control, format or blank character; no host, or a user name before it).
    """
    for character in link:
        if unicodedata.category(character)[0] in "CZ":
            raise ValueInvalid("character-not-allowed", character=f"U+{ord(character):04X}")
    parts = re.fullmatch(r"https://([^/?#:@]+)((?::[0-9]{1,5})?(?:[/?#].*)?)", link)
    try:
        encoded = f"https://{parts[1].encode('idna').decode()}{quote(parts[2], safe=PRINTABLE)}" if parts else ""
    except UnicodeError:
        encoded = ""
    if not re.fullmatch(r"https://[\x21-\x7e]+", encoded):
        raise ValueInvalid("format-invalid")
    if len(encoded) > MAX_LINK_LENGTH:
        raise PydanticKnownError("string_too_long", {"max_length": MAX_LINK_LENGTH})
    return encoded


Link = Annotated[
    str, StringConstraints(max_length=MAX_LINK_LENGTH, pattern=r"^https://[^\s]+$"), AfterValidator(normalize_link)
]
