"""The API that the modules of this package add their routes to, and the errors that several raise."""

from __future__ import annotations

from services.circles import errors, wiring
from services.shared.http.api import Api
from services.shared.kernel.errors import Muted

api = Api("circles", wiring.http_ports)

ROLE = (errors.RoleNotAllowed,)
WRITABLE = (errors.CircleNotActive, errors.CircleReadOnly)
WRITING = (*WRITABLE, Muted)
CONTENT = (
    errors.NewcomerLimitExceeded,
    errors.TagsUnknown,
    errors.ListingsNotOnSale,
    errors.PicturesInvalid,
    errors.PicturesNotReady,
)
