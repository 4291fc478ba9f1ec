"""The Python client of the Coterie API."""

from coterie_client.client import Client
from coterie_client.connection import Connection
from coterie_client.errors import (
    ApiError,
    ConnectionLost,
    CoterieError,
    DownloadFailed,
    FieldProblem,
    PictureRejected,
    ResponseMissing,
    RoomClosed,
    SignInRequired,
    SubscriptionEnded,
)
from coterie_client.http import Response
from coterie_client.retries import Retries, new_key
from coterie_client.room import Room
from coterie_client.tokens import AccessToken, OidcRefresh, RenewedToken, StaticToken, TokenSource

__all__ = [
    "AccessToken",
    "ApiError",
    "Client",
    "Connection",
    "ConnectionLost",
    "CoterieError",
    "DownloadFailed",
    "FieldProblem",
    "OidcRefresh",
    "PictureRejected",
    "RenewedToken",
    "Response",
    "ResponseMissing",
    "Retries",
    "Room",
    "RoomClosed",
    "SignInRequired",
    "StaticToken",
    "SubscriptionEnded",
    "TokenSource",
    "new_key",
]
