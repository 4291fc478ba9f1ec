"""Campaigns, as their owner starts and stops them, and as the owner and operators see them: numbers, never people."""

from __future__ import annotations

from functools import partial

from services.circles.domain import Action
from services.circles.domain.campaign import Campaign
from services.circles.errors import CircleNotFound, TeaserMissing
from services.circles.repository import campaigns as repository
from services.circles.repository import teasers
from services.circles.repository.tags import get_merges
from services.circles.settings import settings
from services.circles.taxonomy import taxonomy
from services.circles.usecases.permissions import require_permission, require_writable
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update

MAX_SLUGS = 10  # of the tags of one campaign: each has 4 partitions of users


def create_campaign(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, min_days: int) -> Campaign:
    """Start a campaign for the tags of the circle's teaser, and return it. The worker begins within a minute.

    min_days: on how many days people must have read something with one of the tags.
    Cost: 7 write units and 4 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleNotActive, CircleReadOnly, TeaserMissing, CampaignTooSoon,
    KeyReused, RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.CREATE_CAMPAIGN)

    def build() -> Changed[Campaign]:
        require_writable(ports, circle_id)
        tags, at = _get_teaser_tags(ports, circle_id), ports.clock()
        latest = repository.load_latest_campaign(ports.table, circle_id)
        latest.entity.require_next(at)
        ends_at = at + settings().campaign_duration
        new = Campaign(key.id("cmp"), circle_id, tags, _slugs(ports, tags), min_days, at, ends_at, at, next_version(0, at))
        latest_write = latest.write(ports, latest.entity.replace_by(new, at=at))
        return Changed(new, also=[latest_write, repository.run_write(new)])

    slot = Slot.of_key(ports, key, settings().rate("change"))
    item_key = repository.campaign_key(circle_id, key.id("cmp"))
    return create(ports, key, slot, repository.CAMPAIGNS, item_key, build)


def _get_teaser_tags(ports: Ports, circle_id: str) -> tuple[str, ...]:
    """Raises: TeaserMissing."""
    try:
        return teasers.get_teaser(ports.table, circle_id).tags
    except CircleNotFound:
        raise TeaserMissing from None


def _slugs(ports: Ports, tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the slugs of these tags, and of those that were merged with them."""
    slugs, merges = taxonomy().slugs(tags), get_merges(ports.table)
    targets = {merges.target(slug) for slug in slugs}
    merged = [slug for slug in merges.into if merges.target(slug) in targets]
    return tuple(dict.fromkeys([*slugs, *sorted(targets), *merged]))[:MAX_SLUGS]


def get_campaign(ports: Ports, caller: Caller, circle_id: str, campaign_id: str) -> Campaign:
    """Return a campaign with its numbers, to the owner of its circle or an operator.

    Cost: 1.5 read units; 1 for an operator, who is no member.
    Raises: CircleNotFound, RoleNotAllowed, CampaignNotFound.
    """
    _require_reader(ports, caller, circle_id)
    return repository.get_campaign(ports.table, circle_id, campaign_id)


def list_campaigns(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Campaign]:
    """Return a page of the campaigns of a circle, newest first, to its owner or an operator.

    Cost: 1.5 read units; 1 for an operator, who is no member.
    Raises: CircleNotFound, RoleNotAllowed.
    """
    _require_reader(ports, caller, circle_id)
    return repository.list_campaigns(ports.table, circle_id, page)


def _require_reader(ports: Ports, caller: Caller, circle_id: str) -> None:
    """Require the owner, or an operator, who is no member. Raises: CircleNotFound, RoleNotAllowed."""
    if not caller.is_operator:
        require_permission(ports, caller, circle_id, Action.READ_CAMPAIGNS)


def stop_campaign(ports: Ports, caller: Caller, circle_id: str, campaign_id: str) -> None:
    """Stop a campaign. It sends nothing more, counts its stages once and deletes its people. Unchanged if it was stopped.

    Cost: 4 write units and 2 read units.
    Raises: CircleNotFound, RoleNotAllowed, CampaignNotFound, CampaignEnded.
    """
    require_permission(ports, caller, circle_id, Action.STOP_CAMPAIGN)

    def change(campaign: Campaign) -> Campaign | Changed[Campaign]:
        after = campaign.stop(at=ports.clock())
        return after if after == campaign else Changed(after, also=[repository.run_write(after)])

    update(ports, partial(repository.load_campaign, ports.table, circle_id, campaign_id), change)
