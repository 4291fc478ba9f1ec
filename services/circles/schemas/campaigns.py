"""Campaigns and the consent to them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.circles.domain.campaign import STAGES, Campaign, CampaignEndReason, CampaignState, Stage
from services.circles.domain.campaign_consent import CampaignConsent
from services.circles.schemas.campaign_charts import to_svg
from services.circles.settings import settings
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.limits import at_most
from services.shared.kernel.moments import Moment


class CampaignConsentRequest(RequestModel):
    """The consent to messages of circles that fit what the user reads."""

    on: bool
    revision: int = Field(ge=1, le=10_000, description="The revision of the text that the user read.", examples=[1])


class CampaignConsentResponse(ResponseModel):
    """The caller's consent to campaigns, which is off until they give it."""

    etag: str
    on: bool
    revision: int = Field(description="The revision of the text of now, which a consent names.", examples=[1])
    interests: list[str] = Field(
        description="Slugs of the tags that campaigns find the caller by; none without consent.", examples=[["birdwatching"]]
    )

    @classmethod
    def of(cls, consent: CampaignConsent) -> CampaignConsentResponse:
        interests = sorted(consent.interests) if consent.is_in_force else []
        revision = settings().campaign_consent_revision
        return cls(etag=str(consent.choice), on=consent.is_in_force, revision=revision, interests=interests)


class CampaignRequest(RequestModel):
    """The people that the campaign finds: they read notes with the tags of the circle's teaser, on so many days."""

    min_days: Annotated[int, Field(ge=1, le=30), at_most(lambda: settings().max_campaign_min_days)] = Field(
        description="On how many days people must have read something with one of the tags.", examples=[2]
    )


class StageResponse(ResponseModel):
    """The people at one stage."""

    stage: Stage = Field(
        description="The stage. A person counts at it only if they are at all stages before it.", examples=["joined"]
    )
    people: int = Field(
        description="Number of people, rounded down to a multiple of 5: 0 stands for fewer than 5.", examples=[25]
    )


class CampaignResponse(ResponseModel):
    """A campaign in numbers: distinct people at each stage of the reverse funnel."""

    campaign_id: str
    circle_id: str
    tags: list[str] = Field(description="The tags of the circle's teaser when the campaign began.", examples=[["观鸟"]])
    min_days: int = Field(description="On how many days people must have read something with one of the tags.", examples=[2])
    state: CampaignState = Field(
        description="`finding` people, `sending` messages, `measuring` the stages, or `ended`.", examples=["measuring"]
    )
    end_reason: CampaignEndReason | None = Field(
        description="Why it ended; null until then. An audience of fewer than 5 people gets no message.", examples=["finished"]
    )
    created_at: Moment
    ends_at: Moment = Field(
        description="Until when the stages are counted; then all people are deleted.", examples=["2026-08-17T12:00:00.000Z"]
    )
    measured_at: Moment | None = Field(
        description="When the people were counted last; null before the first time.", examples=["2026-08-04T12:00:00.000Z"]
    )
    stages: list[StageResponse] = Field(description="The six stages in order. No number is greater than the one before it.")
    chart: str = Field(description="The numbers as an SVG image.", examples=['<svg xmlns="http://www.w3.org/2000/svg"></svg>'])

    @classmethod
    def of(cls, campaign: Campaign) -> CampaignResponse:
        return cls(
            campaign_id=campaign.id,
            circle_id=campaign.circle_id,
            tags=list(campaign.tags),
            min_days=campaign.min_days,
            state=campaign.state,
            end_reason=campaign.end_reason,
            created_at=campaign.created_at,
            ends_at=campaign.ends_at,
            measured_at=campaign.measured_at,
            stages=[StageResponse(stage=stage, people=campaign.people[index]) for index, stage in enumerate(STAGES)],
            chart=to_svg(campaign.people),
        )
