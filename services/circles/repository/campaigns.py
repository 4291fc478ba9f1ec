"""Campaigns of a circle, and which is its latest."""

from __future__ import annotations

from datetime import datetime

from services.circles.domain.campaign import Campaign, CampaignEndReason, CampaignState, LatestCampaign
from services.circles.errors import CampaignNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import NotFound
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.jobs import Job, job_write
from services.shared.table.port import Table, Write
from services.shared.table.versioned import Versioned

CAMPAIGN = "CAMPAIGN#"
LATEST = "LATEST"
RUN_CAMPAIGN = "RUN_CAMPAIGN"  # the kind of the job


def campaign_key(circle_id: str, campaign_id: str) -> Key:
    return Key(campaigns_pk(circle_id), f"{CAMPAIGN}{campaign_id}")


def campaigns_pk(circle_id: str) -> str:
    return f"CIRCLE#{circle_id}#CAMPAIGNS"


def get_campaign(table: Table, circle_id: str, campaign_id: str) -> Campaign:
    """Raises: CampaignNotFound."""
    return CAMPAIGNS.get(table, campaign_key(circle_id, campaign_id))


def find_campaign(table: Table, circle_id: str, campaign_id: str) -> Versioned[Campaign] | None:
    """Return a campaign for its next step, by a consistent read; None if it was deleted with its circle."""
    item = table.get(campaign_key(circle_id, campaign_id), consistent_read=True)
    return CAMPAIGNS.loaded(item) if item else None


def load_campaign(table: Table, circle_id: str, campaign_id: str) -> Versioned[Campaign]:
    return CAMPAIGNS.load(table, campaign_key(circle_id, campaign_id))


def list_campaigns(table: Table, circle_id: str, page: PageRequest) -> Page[Campaign]:
    """Return a page of the campaigns of a circle, newest first."""
    query = Query(pk=campaigns_pk(circle_id), prefix=CAMPAIGN, limit=page.limit, start=page.start, newest_first=True)
    return CAMPAIGNS.list(table, query)


def load_latest_campaign(table: Table, circle_id: str) -> Versioned[LatestCampaign]:
    """Load which campaign is the circle's latest. Its version makes two campaigns at once impossible."""
    return LATEST_CAMPAIGNS.load_or(table, Key(campaigns_pk(circle_id), LATEST), LatestCampaign(circle_id))


def run_write(campaign: Campaign) -> Write:
    """Return the write that plans the next run of a campaign. A repeat plans the same one."""
    return job_write(Job(RUN_CAMPAIGN, f"{campaign.circle_id}/{campaign.id}", campaign.due_at))


def campaign_of(job: Job) -> tuple[str, str]:
    """Return the ids of the circle and of the campaign that a job is about."""
    circle_id, _, campaign_id = job.id.partition("/")
    return circle_id, campaign_id


def campaign_to_item(campaign: Campaign) -> Item:
    optional = {"measured_at": _millis(campaign.measured_at), "end_reason": campaign.end_reason and str(campaign.end_reason)}
    return {
        **campaign_key(campaign.circle_id, campaign.id).attributes(),
        "id": campaign.id,
        "circle_id": campaign.circle_id,
        "tags": list(campaign.tags),
        "slugs": list(campaign.slugs),
        "min_days": campaign.min_days,
        "created_at": millis(campaign.created_at),
        "ends_at": millis(campaign.ends_at),
        "due_at": millis(campaign.due_at),
        "version": campaign.version,
        "state": str(campaign.state),
        "page": campaign.page,
        "after": campaign.after,
        "found": campaign.found,
        "people": list(campaign.people),
        **{name: value for name, value in optional.items() if value},
    }


def campaign_from_item(item: Item) -> Campaign:
    return Campaign(
        id=item["id"],
        circle_id=item["circle_id"],
        tags=tuple(item["tags"]),
        slugs=tuple(item["slugs"]),
        min_days=item["min_days"],
        created_at=from_millis(item["created_at"]),
        ends_at=from_millis(item["ends_at"]),
        due_at=from_millis(item["due_at"]),
        version=item["version"],
        state=CampaignState(item["state"]),
        page=item["page"],
        after=item["after"],
        found=item["found"],
        people=tuple(item["people"]),
        measured_at=from_millis(item["measured_at"]) if "measured_at" in item else None,
        end_reason=CampaignEndReason(item["end_reason"]) if "end_reason" in item else None,
    )


def _millis(at: datetime | None) -> int | None:
    return millis(at) if at else None


def _latest_to_item(latest: LatestCampaign) -> Item:
    key = Key(campaigns_pk(latest.circle_id), LATEST)
    times = {"created_at": millis(latest.created_at), "ends_at": millis(latest.ends_at)}
    ids = {"circle_id": latest.circle_id, "campaign_id": latest.campaign_id}
    return {**key.attributes(), **ids, **times, "version": latest.version}


def _latest_from_item(item: Item) -> LatestCampaign:
    times = from_millis(item["created_at"]), from_millis(item["ends_at"])
    return LatestCampaign(item["circle_id"], item["campaign_id"], *times, item["version"])


CAMPAIGNS = EntityStore(campaign_to_item, campaign_from_item, CampaignNotFound)
LATEST_CAMPAIGNS = EntityStore(_latest_to_item, _latest_from_item, NotFound)
