"""The notifications of the caller: the list, the unread count and the read marker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chat.domain import Notification, Reader
from services.chat.repository import notification_preferences as preferences
from services.chat.repository import notifications as repository
from services.chat.repository import participants
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.blocks import list_blocked_users


@dataclass(frozen=True, slots=True)
class NotificationView:
    """A notification as its user sees it. read: whether the read marker has passed it."""

    notification: Notification
    read: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """How many notifications are unread. has_more: whether there are more than can be counted."""

    count: int
    has_more: bool


def list_notifications(ports: Ports, caller: Caller, page: PageRequest) -> Page[NotificationView]:
    """Return a page of the caller's notifications, newest first.

    Left out are those of circles in which the caller is no member now, those whose only actors the caller blocked, and the
    kinds that the caller does not list. A notification is as old as its latest state: a new like moves it to the top.
    Cost: 4 read units for 20.
    """
    reader = get_reader(ports, caller.user_id)
    found = repository.list_notifications(ports.table, caller.user_id, page, ports.clock(), reader.is_listed)
    return found.map(lambda notification: NotificationView(notification, reader.has_read(notification)))


def count_unread_notifications(ports: Ports, caller: Caller) -> Unread:
    """Return how many of the caller's notifications are after the read marker, up to `max_unread_notifications`.

    It counts what the list shows. Its cost is bounded: the entries of a page of 99, and up to some 1,500 that are left out.
    Cost: 4 read units for 20, 8 for 99.
    """
    reader, page = get_reader(ports, caller.user_id), PageRequest(settings().max_unread_notifications)
    after = reader.preferences.read_until
    unread = repository.list_notifications(ports.table, caller.user_id, page, ports.clock(), reader.is_listed, after)
    return Unread(len(unread.items), unread.next is not None)


def mark_notifications_read(ports: Ports, caller: Caller, read_until: datetime) -> datetime:
    """Move the caller's read marker forwards to a moment, at most to now; return where it is afterwards.

    Unchanged if the marker is as far or further.
    Cost: 1 write unit and 0.5 read units.
    """
    until = min(read_until, ports.clock())
    return preferences.advance_marker(ports.table, caller.user_id, preferences.READ_UNTIL, until)


def get_reader(ports: Ports, user_id: str) -> Reader:
    """Return what decides which notifications a user sees: one range of memberships, the block list and the preferences.

    Cost: 0.5 read units per 4 KB of memberships and read markers, some 13 circles, and 1.5.
    """
    stored = preferences.load_preferences(ports.table, user_id).entity
    memberships = {each.circle_id: each for each in participants.iter_participations(ports.table, user_id)}
    return Reader(memberships, frozenset(list_blocked_users(ports.table, user_id)), stored)
