"""The events of campaigns, which the circles service publishes: a user's consent, and the message to one user."""

from __future__ import annotations

from services.shared.messaging.events.base import Event, EventData


class CampaignConsentChangedData(EventData):
    user_id: str
    is_given: bool


class CampaignConsentChanged(Event):
    """A user consented to campaigns, or withdrew that. A message by an earlier consent is not shown any more."""

    SOURCE = "coterie.circles"
    data: CampaignConsentChangedData


class CampaignMessageSentData(EventData):
    campaign_id: str
    circle_id: str
    user_id: str
    consent_version: int


class CampaignMessageSent(Event):
    """A campaign sends its message to a user, who can read the teaser of the circle and request to join.

    consent_version: of the consent that it relies on: lower than that of its withdrawal.
    """

    SOURCE = "coterie.circles"
    data: CampaignMessageSentData
