"""The skeleton of a name: two names with one skeleton look alike to a reader, so at most one of them can be in use."""

from __future__ import annotations

from services.shared.kernel.names.chinese import to_simplified
from services.shared.kernel.names.look_alikes import to_latin

_ALIKE = str.maketrans("01l|", "oiii")  # a capital i is an `i` in lower case


def skeleton_of(name: str) -> str:
    """Return a name in one script, case, width and spelling, with characters and digits alone.

    Names that differ by blanks, punctuation, emoji, traditional characters, or characters that look alike have one skeleton.
    Digits stay different from each other. A name without characters and digits, such as one of emoji, keeps all but blanks.

    Cost: 0.05 ms; 20 ms for the first Chinese name of a process.
    """
    seen = to_latin(name).translate(_ALIKE)
    compact = "".join(filter(str.isalnum, seen)) or "".join(seen.split())
    return to_simplified(compact).replace("rn", "m").replace("vv", "w")
