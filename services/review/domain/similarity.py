"""Similar texts: the fingerprints of a text are a few hashes, and two texts that are mostly alike share one of them.

MinHash over the text's three-character shingles (Broder 1997), in 12 bands of 3 hashes. One hash per shingle fills all bins
(Li, Owen and Zhang 2012), so the work grows with the text alone. Texts that share half of their shingles share a fingerprint
with a probability of 80%, texts that share a fifth with 9%.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

BANDS, HASHES_PER_BAND, SHINGLE = 12, 3, 3
BINS = BANDS * HASHES_PER_BAND
MIN_SHINGLES = 20  # a shorter text says too little to be compared
MAX_CHARACTERS = 16_000  # 4 paragraphs; the normalization makes up to 18 characters of one


def fingerprints_of(text: str) -> tuple[str, ...]:
    """Return one fingerprint of 12 hexadecimal digits per band; none if the text is too short to compare."""
    plain = re.sub(r"\W+", "", unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold())[:MAX_CHARACTERS]
    shingles = {plain[start : start + SHINGLE] for start in range(len(plain) - SHINGLE + 1)}
    if len(shingles) < MIN_SHINGLES:
        return ()
    least = _least_by_bin(shingles)
    bands = [least[start : start + HASHES_PER_BAND] for start in range(0, BINS, HASHES_PER_BAND)]
    return tuple(hashlib.blake2b(f"{index}:{band}".encode(), digest_size=6).hexdigest() for index, band in enumerate(bands))


def _least_by_bin(shingles: set[str]) -> list[tuple[int, int]]:
    """Return the least hash of each bin. An empty one gets that of the next, with the distance (Shrivastava and Li 2014)."""
    least: dict[int, int] = {}
    for shingle in shingles:
        number, bin_index = divmod(int.from_bytes(hashlib.blake2b(shingle.encode(), digest_size=8).digest(), "big"), BINS)
        if number < least.get(bin_index, number + 1):
            least[bin_index] = number
    return [
        next((distance, least[(index + distance) % BINS]) for distance in range(BINS) if (index + distance) % BINS in least)
        for index in range(BINS)
    ]
