"""What the events of campaigns change: a user is notified of one, and a withdrawn consent hides what it caused.

Delivery is at least once and in any order: each function leaves the same state for a repeated or late event.
"""

from __future__ import annotations

from services.chat.domain import Notification, NotificationKind, Subject
from services.chat.repository import notification_preferences as preferences
from services.chat.repository import notifications
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import from_millis
from services.shared.messaging.events import CampaignConsentChanged, CampaignMessageSent


def apply_campaign_message_sent(ports: Ports, event: CampaignMessageSent) -> None:
    """Notify a user that a circle invites them. The version is that of their consent, by which a withdrawal hides it.

    Cost: 2 write units.
    """
    data, kind = event.data, NotificationKind.CAMPAIGN
    subject, about = Subject.of(data.campaign_id), {"circle_id": data.circle_id}
    notification = Notification(data.user_id, kind, subject, data.consent_version, ports.clock(), about)
    notifications.put_notification(ports.table, notification)


def apply_campaign_consent_changed(ports: Ports, event: CampaignConsentChanged) -> None:
    """Hide the messages that a user got by a consent that they have withdrawn, also those that arrive later.

    Cost: 1 write unit for a withdrawal.
    """
    if not event.data.is_given:
        withdrawn_at = from_millis(event.entity_version)
        preferences.advance_marker(ports.table, event.data.user_id, preferences.WITHDRAWN_AT, withdrawn_at)
