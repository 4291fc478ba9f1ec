"""Characters of other scripts that look like Latin ones, from Unicode's confusables (UTS 39), in `look_alikes.txt`.

The file is derived (infra/lexicons.py): a function reads 3 KB instead of loading the whole table.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from services.shared.kernel.appearance import normalize_appearance

FILE = Path(__file__).with_name("look_alikes.txt")


def to_latin(text: str) -> str:
    """Return the text in lower case and one width, with a Latin character for each that looks like one."""
    return normalize_appearance(text.translate(_table())).casefold()


@cache
def _table() -> dict[int, str]:
    lines = (line.split(" ") for line in FILE.read_text(encoding="utf-8").splitlines())
    return {ord(character): letter for letter, alike in lines for character in alike}
