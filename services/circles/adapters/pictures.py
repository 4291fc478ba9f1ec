"""The results of imaging, without its library, which only the picture worker loads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class PictureInvalid(Exception):
    """The data is not a picture that can be shown; the message is a key of FLAWS."""


FLAWS = {  # key, as the item of the picture stores it: the message to its author
    "too_large": ("must be at most 8 MB", "图片不能超过 8 MB"),
    "too_many_pixels": ("must have at most 50 million pixels", "图片不能超过 5000 万像素"),
    "wrong_type": ("must be a complete picture of its declared type", "图片已损坏或格式不符，请换一张"),
}


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A re-encoded picture and its thumbnail. width, height: pixels of `data`."""

    data: bytes
    thumb: bytes
    width: int
    height: int


Clean = Callable[[bytes, str], CleanPicture]
