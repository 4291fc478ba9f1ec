"""The API that the files of this package add their routes to, and the errors that several routes declare."""

from __future__ import annotations

from services.circles import errors, wiring
from services.circles.settings import settings
from services.shared.http.api import Api
from services.shared.http.settings import add_settings_routes

api = Api("circles", wiring.http_ports)
add_settings_routes(api, settings)

ROLE = (errors.RoleNotAllowed,)
WRITABLE = (errors.CircleNotActive, errors.CircleReadOnly)
COMMERCIAL = (errors.SellingNotOpen, errors.GuardrailReached)
SHOWN = (errors.ShowNotReceived, errors.ShowRefunded, errors.ShowAlreadyPosted, errors.ShowNotAllowed)
CONTENT = (
    errors.NewcomerLimitExceeded,
    errors.TagsUnknown,
    errors.ListingsUnknown,
    errors.PicturesInvalid,
    errors.PicturesNotReady,
)
