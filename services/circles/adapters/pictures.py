"""What imaging gives back, apart from the library that does it: only one worker loads that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class PictureInvalid(Exception):
    """No picture that can be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture and its thumbnail, of the type that was asked for; `width` and `height` in pixels as it is shown."""

    data: bytes
    thumb: bytes
    width: int
    height: int


Clean = Callable[[bytes, str], Cleaned]
