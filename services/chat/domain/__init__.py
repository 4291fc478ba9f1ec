"""The entities and rules of the chat service, without input or output."""

from services.chat.domain.circle import Circle
from services.chat.domain.head import LastMessage, RoomHead, hash_sender
from services.chat.domain.highlights import Highlights
from services.chat.domain.message import VOID_AFTER, Message, MessageKind, MessageRequest, derive_token, is_final, void
from services.chat.domain.message_revision import MessageRevision, RevisionOutcome
from services.chat.domain.notification import ABOUT, MAX_ACTORS, Notification, NotificationKind, Reader, Subject
from services.chat.domain.notification_preferences import NEVER, NotificationPreferences
from services.chat.domain.participant import MemberState, Participant
from services.chat.domain.permissions import PERMISSIONS, SENDERS, Action, Role, Senders
from services.chat.domain.push_subscription import PushOutcome, PushSubscription
from services.chat.domain.reaction import MemberReactions, Reaction, uncounted
from services.chat.domain.read_marker import ReadMarker
from services.chat.domain.room import Room, RoomKind, RoomSettings, Topics, lobby_id, moderators_room_id
from services.chat.domain.sequence import MAX_BLOCKS_PER_SEND, MAX_SEQ, SEQUENCE_BLOCK_SIZE, LastReserved, SequenceBlock
from services.chat.domain.socket import Socket, Subscriber
