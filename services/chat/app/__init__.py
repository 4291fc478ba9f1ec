"""The HTTP API and the WebSocket API of the chat service."""

from services.chat.app import messages, notifications, pictures, push_subscriptions, rooms
from services.chat.app.api import api
from services.chat.app.frames import on_socket
