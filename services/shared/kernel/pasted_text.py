"""What has the shape of a passcode in a pasted text, in every spelling that phones, mail and chats make of it.

The text is cleaned, split into runs of A to Z and digits, and 12 symbols in a row are candidates: in 1, 2, 3, 4, 6 or 12
groups of one length. This says nothing about whether the passcode exists.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase

from services.shared.kernel.appearance import normalize_appearance

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
SYMBOLS = 12
GROUP_LENGTHS = (12, 6, 4, 3, 2, 1)

_LOOKALIKES = str.maketrans("OIL", "011")
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)  # of the same length: `ß` would become two characters
_RUN = re.compile(r"[0-9A-Za-z]+", re.ASCII)

# Quoted-printable of mail and the encoding of addresses: soft line breaks, spaces, hyphens, and characters outside ASCII.
_SOFT_BREAK = re.compile(r"=[ \t]*\r?\n(?:[ \t]*>)*[ \t]*")
_ENCODED_SPACE = re.compile(r"=20(?=\s|$)|%20")
_ENCODED_BYTES = re.compile(r"(?:[=%][89A-F][0-9A-F]){2,}", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:br|div|li|p|pre|td|tr)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:a|b|code|em|font|i|kbd|mark|s|span|strong|tt|u|wbr)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_QUOTE = re.compile(r"^[ \t]*(?:[>|][ \t]?)+", re.MULTILINE)
_EMPHASIS = re.compile(r"[*`~]+")
_JOINING = "-_"  # these also join the parts of an id
# Dots, and the long vowel mark and the Chinese 1 that keyboards offer, stand for a hyphen too.
_GAP = re.compile(rf"(?P<hyphen>\s*[{_JOINING}.·•‧∙⋅・⁃ー一]{{1,3}}\s*)|\s+")


@dataclass(frozen=True, slots=True)
class Shape:
    """12 symbols in a text that can be a passcode.

    start, end: where they are in the cleaned text. groups: as they were typed.
    gap: what separates them: `-`, a space or nothing.
    is_part: whether a hyphen joins them to more. is_alone: whether the text has no other run of A to Z and digits, unless the
    same symbols again.
    """

    start: int
    end: int
    groups: tuple[str, ...]
    gap: str
    is_part: bool
    is_alone: bool = False

    @property
    def typed(self) -> str:
        return "".join(self.groups)

    @property
    def symbols(self) -> str:
        """The symbols, with lookalikes replaced."""
        return self._upper.translate(_LOOKALIKES)

    @property
    def _upper(self) -> str:
        return self.typed.translate(_UPPER)

    @property
    def is_exact(self) -> bool:
        """Whether no symbol is a lookalike that a reader typed for another one."""
        return self._upper == self.symbols

    @property
    def is_one_case(self) -> bool:
        return self.typed.isupper() or self.typed.islower()

    @property
    def has_digits(self) -> bool:
        return any(map(str.isdigit, self.typed))

    @property
    def mixed_groups(self) -> int:
        """The number of groups with both digits and A to Z, which words, dates and phone numbers do not have.

        A group of more than 4 symbols counts as several.
        """
        parts = self.groups if len(self.groups[0]) in (2, 3) else [self.typed[at : at + 4] for at in range(0, SYMBOLS, 4)]
        return sum(not part.isdigit() and not part.isalpha() for part in parts)

    @property
    def can_be_words(self) -> bool:
        """Whether short groups between spaces are likely words or names of models: `the f18 was bad`, `A12 B15 C17 D19`."""
        if len(self.groups) <= 3:
            return False
        return (
            self.mixed_groups < 2 or len({re.sub("[A-Za-z]", "A", re.sub("[0-9]", "0", group)) for group in self.groups}) == 1
        )

    def overlaps(self, other: Shape) -> bool:
        return self.start < other.end and other.start < self.end


def find_shapes(text: str) -> list[Shape]:
    """Return everything in a text that has the shape of a passcode. Shapes can overlap."""
    cleaned = _clean(text)
    runs = list(_RUN.finditer(cleaned))
    gaps = [cleaned[left.end() : right.start()] for left, right in pairwise(runs)]
    shapes = [shape for length in GROUP_LENGTHS for shape in _shapes_of(runs, gaps, length)]
    runs_of: Counter[str] = Counter()
    for shape in shapes:
        runs_of[shape.symbols] += len(shape.groups)
    return [replace(shape, is_alone=runs_of[shape.symbols] == len(runs)) for shape in shapes]


def has_passcode_form(text: str) -> bool:
    """Return whether a part of a text looks like a passcode, by its form alone: so the response reveals no passcode.

    Of the passcodes, 98.8% have a group of 4 that mixes digits with A to Z, which words, dates and phone numbers have not.
    Between hyphens or the like, one symbol of A to Z is enough: then 1 passcode in a million is missed. Short words around a
    number (`with 85mm lens`) nearly always have an I, L or O, and the ids of videos both cases.
    """
    return any(_has_passcode_form(shape) for shape in find_shapes(text))


def _has_passcode_form(shape: Shape) -> bool:
    if shape.gap == " ":
        return shape.is_exact and shape.mixed_groups > 0 and not shape.can_be_words
    if shape.gap:
        return shape.mixed_groups > 0 or (shape.is_exact and not shape.typed.isdigit())
    return shape.mixed_groups > 0 and shape.is_one_case


def _shapes_of(runs: Sequence[re.Match[str]], gaps: Sequence[str], length: int) -> Iterator[Shape]:
    count, kinds = SYMBOLS // length, [_kind(gap) for gap in gaps]
    for first in range(len(runs) - count + 1):
        last = first + count - 1
        groups = tuple(run[0] for run in runs[first : last + 1])
        inside = set(kinds[first:last]) or {""}
        if any(len(group) != length or "U" in group.upper() for group in groups) or len(inside) > 1 or None in inside:
            continue
        before = first > 0 and _continues(gaps[first - 1], runs[first - 1][0], length)
        after = last < len(gaps) and _continues(gaps[last], runs[last + 1][0], length)
        yield Shape(runs[first].start(), runs[last].end(), groups, inside.pop() or "", before or after)


def _kind(gap: str) -> str | None:
    """Return `-` or a space for what can separate groups, and None for all else."""
    found = _GAP.fullmatch(gap)
    return None if found is None else "-" if found["hyphen"] else " "


def _continues(gap: str, beside: str, length: int) -> bool:
    """Return whether a hyphen joins the shape to another part of an id or a product key, not to a word."""
    if not gap or gap.strip(_JOINING):
        return False
    can_be_group = len(beside) == length and not set(beside.translate(_UPPER)) & set("ILOU")
    return can_be_group or not beside.isalpha()


def _clean(text: str) -> str:
    """Return the text without the encodings and marks of mail, chats and web pages, as a reader sees it."""
    text = _SOFT_BREAK.sub("", text)
    text = _ENCODED_BYTES.sub(_decode, _ENCODED_SPACE.sub(" ", text.replace("%2D", "-").replace("%2d", "-")))
    text = _TAG.sub("", _BLOCK.sub("\n", text))
    if "&" in text:
        from html import unescape  # its table of 2,231 names is loaded only here

        text = unescape(text)
    return _EMPHASIS.sub("", _QUOTE.sub("", normalize_appearance(text)))


def _decode(encoded: re.Match[str]) -> str:
    try:
        return bytes.fromhex(re.sub("[=%]", "", encoded[0])).decode()
    except UnicodeDecodeError:
        return encoded[0]


def format_symbols(entropy: bytes) -> str:
    """Return 12 symbols made from at least 8 random bytes, in groups: `7KQ2-M0XV-9TRC`."""
    bits = int.from_bytes(entropy[:8], "big")
    symbols = "".join(ALPHABET[bits >> 5 * index & 31] for index in range(SYMBOLS))
    return "-".join(symbols[start : start + 4] for start in range(0, SYMBOLS, 4))
