"""The API that the files beside this one add their routes to, and the refusals that several of them share."""

from __future__ import annotations

from services.circles import errors, wiring
from services.shared.http.api import Api
from services.shared.kernel.errors import Muted

api = Api("circles", wiring.edge)

ROLE = (errors.NotAllowed,)
OPEN = (errors.CircleNotActive, errors.CircleReadOnly)
WRITING = (*OPEN, Muted)
POSTING = (errors.NewcomerLimit, errors.TagsUnknown, errors.ListingsNotOnSale, errors.PicturesInvalid, errors.PicturesNotReady)
