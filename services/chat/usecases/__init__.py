"""The use cases of the chat service, one file per noun."""

from services.chat.usecases.jobs import handle_jobs
from services.chat.usecases.messages import HistoryEntry, list_messages, send_message
from services.chat.usecases.pins import list_pinned_messages, pin_message, unpin_message
from services.chat.usecases.ports import Ports
from services.chat.usecases.projections import (
    apply_account_deleted,
    apply_account_status_changed,
    apply_blocks_changed,
    apply_circle_activated,
    apply_circle_changed,
    apply_export_requested,
    apply_listing_changed,
    apply_membership_changed,
    apply_signed_out,
)
from services.chat.usecases.read_markers import mark_read
from services.chat.usecases.reports import report_message
from services.chat.usecases.rooms import OwnRoom, list_own_rooms, list_rooms
from services.chat.usecases.sockets import authorize_socket, connect_socket, create_ticket, disconnect_socket, subscribe_socket
