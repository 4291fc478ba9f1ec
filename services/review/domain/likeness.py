"""Near copies: a text's print is a handful of band hashes; two texts that are mostly alike share a band.

MinHash over the text's three-character shingles (Broder 1997), 12 bands of 3: texts with half of their shingles in common
meet with a chance of 80%, with a fifth of them of 9%."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache

BANDS, ROWS, SHINGLE = 12, 3, 3
PRIME = (1 << 61) - 1


@cache
def _permutations() -> tuple[tuple[int, int], ...]:
    """Fixed multipliers, drawn once from a hash so that prints stay comparable for good."""
    drawn = []
    for number in range(BANDS * ROWS):
        digest = hashlib.sha256(f"likeness {number}".encode()).digest()
        drawn.append((int.from_bytes(digest[:8], "big") % PRIME | 1, int.from_bytes(digest[8:16], "big") % PRIME))
    return tuple(drawn)


def print_of(text: str) -> tuple[str, ...]:
    """The bands of a text, of 12 hexadecimal digits each; none for a text too short to compare."""
    plain = re.sub(r"\W+", "", unicodedata.normalize("NFKC", text).casefold())
    shingles = {plain[start : start + SHINGLE] for start in range(len(plain) - SHINGLE + 1)}
    if len(shingles) < 20:
        return ()
    numbers = [int.from_bytes(hashlib.blake2b(one.encode(), digest_size=7).digest(), "big") for one in shingles]
    least = [min((a * number + b) % PRIME for number in numbers) for a, b in _permutations()]
    bands = [least[start : start + ROWS] for start in range(0, len(least), ROWS)]
    return tuple(hashlib.blake2b(f"{index}:{band}".encode(), digest_size=6).hexdigest() for index, band in enumerate(bands))
