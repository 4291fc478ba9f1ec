"""Routes of campaigns, and of the consent to them."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, WRITABLE, api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/me/campaign-consent")
def get_campaign_consent(caller: Caller) -> schemas.CampaignConsentResponse:
    """Get whether you consented to messages of circles that fit what you read, and the interests that they find you by."""
    return schemas.CampaignConsentResponse.of(usecases.get_campaign_consent(wiring.ports(), caller))


@api.put("/me/campaign-consent", kind=ActionKind.PARTICIPATE, raises=(errors.ConsentTextChanged,))
def set_campaign_consent(
    caller: Caller, request: ChangeRequest, body: schemas.CampaignConsentRequest
) -> schemas.CampaignConsentResponse:
    """Consent to at most one message a week of circles that fit what you read from now on, or withdraw that."""
    consent = usecases.set_campaign_consent(wiring.ports(), caller, request, body.on, body.revision)
    return schemas.CampaignConsentResponse.of(consent)


@api.delete("/me/campaign-consent", kind=ActionKind.OWN_DATA)
def withdraw_campaign_consent(caller: Caller) -> None:
    """Withdraw your consent, at once. Your interests are deleted, and no campaign counts you any more."""
    usecases.withdraw_campaign_consent(wiring.ports(), caller)


@api.post(
    "/circles/{circle_id}/campaigns",
    kind=ActionKind.SPEAK,
    raises=(*ROLE, *WRITABLE, errors.TeaserMissing, errors.CampaignTooSoon),
    status=201,
)
def create_campaign(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.CampaignRequest
) -> schemas.CampaignResponse:
    """Start a campaign: it invites people who consented and who read about the tags of your teaser."""
    campaign = usecases.create_campaign(wiring.ports(), caller, circle_id, key, body.min_days)
    return schemas.CampaignResponse.of(campaign)


@api.get("/circles/{circle_id}/campaigns", raises=ROLE)
def list_campaigns(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.CampaignResponse]:
    """List the campaigns of your circle, newest first; also for operators."""
    return usecases.list_campaigns(wiring.ports(), caller, circle_id, page).map(schemas.CampaignResponse.of)


@api.get("/circles/{circle_id}/campaigns/{campaign_id}", raises=ROLE)
def get_campaign(caller: Caller, circle_id: str, campaign_id: str) -> schemas.CampaignResponse:
    """Get a campaign of your circle with its six numbers and their chart; also for operators."""
    return schemas.CampaignResponse.of(usecases.get_campaign(wiring.ports(), caller, circle_id, campaign_id))


@api.delete("/circles/{circle_id}/campaigns/{campaign_id}", kind=ActionKind.OWN_DATA, raises=(*ROLE, errors.CampaignEnded))
def stop_campaign(caller: Caller, circle_id: str, campaign_id: str) -> None:
    """Stop a campaign. Nothing more is sent, its people are deleted, and its numbers stay."""
    usecases.stop_campaign(wiring.ports(), caller, circle_id, campaign_id)
