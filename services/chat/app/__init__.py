"""The HTTP API and the WebSocket API of the chat service."""

from services.chat.app.frames import on_socket
from services.chat.app.routes import api
