"""The request of an upload."""

from __future__ import annotations

from typing import Annotated

from services.commerce.settings import settings
from services.shared.http.pictures import PictureSize
from services.shared.http.schemas import RequestModel
from services.shared.kernel.limits import at_most
from services.shared.pictures.upload import PictureType


class PictureRequest(RequestModel):
    """The type and the size in bytes of the picture to upload."""

    type: PictureType
    size: Annotated[PictureSize, at_most(lambda: settings().max_picture_bytes)]
