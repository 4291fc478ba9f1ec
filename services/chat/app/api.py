"""The HTTP API of the chat service, to which the modules beside it add their routes."""

from __future__ import annotations

from services.chat import wiring
from services.chat.settings import settings
from services.shared.http.api import Api
from services.shared.http.settings import add_settings_routes

api = Api("chat", wiring.http_ports)
add_settings_routes(api, settings)
