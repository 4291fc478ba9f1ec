"""The results of imaging, without its library, which only the picture worker loads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class PictureInvalid(Exception):
    """The data is not a picture that can be shown; the message is a key of FLAWS."""


FLAWS = {  # key, as the item of the picture stores it: the code of the field error
    "too_large": "picture-too-large",
    "too_many_pixels": "picture-too-many-pixels",
    "wrong_type": "picture-type-wrong",
    "too_complex": "picture-too-complex",
}


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A re-encoded picture and its thumbnail. width, height: pixels of `data`."""

    data: bytes
    thumb: bytes
    width: int
    height: int


Clean = Callable[[bytes, str], CleanPicture]
