"""What the chat service does, one function a verb."""

from services.chat.usecases.ports import Ports
from services.chat.usecases.projections import (
    apply_account_status_changed,
    keep_circle,
    keep_participant,
    open_lobby,
)
from services.chat.usecases.reading import list_messages, list_own_rooms, list_rooms, mark_read, report_message
from services.chat.usecases.sending import send_message
from services.chat.usecases.sockets import connect_socket, create_ticket, disconnect_socket, identify_socket, subscribe_socket

__all__ = [
    "Ports",
    "apply_account_status_changed",
    "connect_socket",
    "create_ticket",
    "disconnect_socket",
    "identify_socket",
    "keep_circle",
    "keep_participant",
    "list_messages",
    "list_own_rooms",
    "list_rooms",
    "mark_read",
    "open_lobby",
    "report_message",
    "send_message",
    "subscribe_socket",
]
