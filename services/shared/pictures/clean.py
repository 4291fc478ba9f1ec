"""The results of imaging, without its library, which only the picture worker loads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.shared.pictures.upload import NO_CODES, Codes


class PictureInvalid(Exception):
    """The data is not a picture that can be shown; the message is a key of `upload.FLAWS`."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A re-encoded picture and its thumbnail, which is empty for an avatar.

    width, height: pixels of `data`. codes: what its QR codes lead to; those of an avatar are not read.
    """

    data: bytes
    thumb: bytes
    width: int
    height: int
    codes: Codes = NO_CODES


Clean = Callable[[bytes, str], CleanPicture]
