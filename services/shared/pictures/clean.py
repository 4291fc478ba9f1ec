"""The results of imaging, without its library, which only the picture worker loads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class PictureInvalid(Exception):
    """The data is not a picture that can be shown; the message is a key of `upload.FLAWS`."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A re-encoded picture and its thumbnail, which is empty for an avatar. width, height: pixels of `data`."""

    data: bytes
    thumb: bytes
    width: int
    height: int


Clean = Callable[[bytes, str], CleanPicture]
