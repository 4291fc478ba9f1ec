"""The re-encoding of pictures, with the settings that are in force in the circles service."""

from __future__ import annotations

from services.circles.settings import settings
from services.shared.pictures import child_process, imaging
from services.shared.pictures.clean import CleanPicture, PictureInvalid


def clean(data: bytes, type: str, *, square: int = 0) -> CleanPicture:
    return imaging.clean(data, type, settings(), square=square)


def clean_in_child(data: bytes, type: str) -> CleanPicture:
    return child_process.clean_in_child(data, type, settings())


def clean_or_flaw(data: bytes, type: str) -> CleanPicture | PictureInvalid:
    return child_process.clean_or_flaw(data, type, settings())
