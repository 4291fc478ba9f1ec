"""Similar texts: the fingerprints of a text are a few hashes, and two texts that are mostly alike share one of them.

MinHash over the text's three-character shingles (Broder 1997), in 12 bands of 3 hashes. Texts that share half of their
shingles share a fingerprint with a probability of 80%, texts that share a fifth with 9%.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache

BANDS, HASHES_PER_BAND, SHINGLE = 12, 3, 3
MIN_SHINGLES = 20  # a shorter text says too little to be compared
PRIME = (1 << 61) - 1


@cache
def _permutations() -> tuple[tuple[int, int], ...]:
    """Return fixed multipliers. They are derived from a hash, so that stored fingerprints stay comparable."""
    pairs = []
    for number in range(BANDS * HASHES_PER_BAND):
        digest = hashlib.sha256(f"likeness {number}".encode()).digest()
        pairs.append((int.from_bytes(digest[:8], "big") % PRIME | 1, int.from_bytes(digest[8:16], "big") % PRIME))
    return tuple(pairs)


def fingerprints_of(text: str) -> tuple[str, ...]:
    """Return one fingerprint of 12 hexadecimal digits per band; none if the text is too short to compare."""
    plain = re.sub(r"\W+", "", unicodedata.normalize("NFKC", text).casefold())
    shingles = {plain[start : start + SHINGLE] for start in range(len(plain) - SHINGLE + 1)}
    if len(shingles) < MIN_SHINGLES:
        return ()
    numbers = [int.from_bytes(hashlib.blake2b(shingle.encode(), digest_size=7).digest(), "big") for shingle in shingles]
    least = [min((a * number + b) % PRIME for number in numbers) for a, b in _permutations()]
    bands = [least[start : start + HASHES_PER_BAND] for start in range(0, len(least), HASHES_PER_BAND)]
    return tuple(hashlib.blake2b(f"{index}:{band}".encode(), digest_size=6).hexdigest() for index, band in enumerate(bands))
