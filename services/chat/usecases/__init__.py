"""The use cases of the chat service, one file per noun."""

from services.chat.usecases.campaign_projections import apply_campaign_consent_changed, apply_campaign_message_sent
from services.chat.usecases.guardrails import get_room_guardrails
from services.chat.usecases.highlights import highlight_message, list_highlighted_messages, unhighlight_message
from services.chat.usecases.jobs import handle_jobs
from services.chat.usecases.messages import HistoryEntry, list_messages
from services.chat.usecases.notification_preferences import get_notification_preferences, set_notification_preferences
from services.chat.usecases.notifications import (
    NotificationView,
    Unread,
    count_unread_notifications,
    list_notifications,
    mark_notifications_read,
)
from services.chat.usecases.pictures import create_room_upload, get_room_picture, picture_addresses, process_upload
from services.chat.usecases.pins import list_pinned_messages, pin_message, unpin_message
from services.chat.usecases.ports import Ports
from services.chat.usecases.projections import (
    apply_account_deleted,
    apply_account_status_changed,
    apply_account_verified,
    apply_appeal_decided,
    apply_application_decided,
    apply_blocks_changed,
    apply_circle_activated,
    apply_circle_changed,
    apply_comment_changed,
    apply_export_requested,
    apply_listing_changed,
    apply_membership_changed,
    apply_note_changed,
    apply_note_liked,
    apply_reports_decided,
    apply_seat_granted,
    apply_signed_out,
    apply_succession_decided,
    apply_succession_offered,
    apply_take_down_changed,
)
from services.chat.usecases.push_subscriptions import (
    create_push_subscription,
    delete_push_subscription,
    get_push_key,
    list_push_subscriptions,
)
from services.chat.usecases.pushes import PushPart, push_part
from services.chat.usecases.reactions import add_reaction, remove_reaction
from services.chat.usecases.read_markers import mark_read
from services.chat.usecases.reports import report_message
from services.chat.usecases.revising import list_message_revisions, recall_message, remove_message, update_message
from services.chat.usecases.room_changes import open_topic, update_room
from services.chat.usecases.rooms import OwnRoom, list_own_rooms, list_rooms
from services.chat.usecases.sending import send_message
from services.chat.usecases.sockets import authorize_socket, connect_socket, create_ticket, disconnect_socket, subscribe_socket
from services.chat.usecases.trade_projections import (
    apply_chargeback_changed,
    apply_dispute_changed,
    apply_order_changed,
    apply_order_partly_refunded,
    apply_payout_account_changed,
    apply_payout_changed,
    apply_return_changed,
)
from services.chat.usecases.web_pushes import send_due_pushes
