"""The API that the files of this package add their routes to, and the errors that several routes declare."""

from __future__ import annotations

from services.circles import errors, wiring
from services.shared.http.api import Api
from services.shared.kernel.errors import CallerMuted

api = Api("circles", wiring.http_ports)

ROLE = (errors.RoleNotAllowed,)
WRITABLE = (errors.CircleNotActive, errors.CircleReadOnly)
WRITING = (*WRITABLE, CallerMuted)
CONTENT = (
    errors.NewcomerLimitExceeded,
    errors.TagsUnknown,
    errors.ListingsUnknown,
    errors.PicturesInvalid,
    errors.PicturesNotReady,
)
