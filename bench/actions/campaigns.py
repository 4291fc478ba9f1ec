"""Every action of campaigns: how to run it, and its floor."""

from __future__ import annotations

from functools import partial

from bench.dataset import HAO, LIN, BenchDataset
from bench.measure import Action
from services.circles import usecases as circles
from services.circles.domain.campaign import Campaign, CampaignState
from services.circles.domain.days import member_day
from services.circles.repository.campaigns import RUN_CAMPAIGN
from services.circles.repository.keys import user_item_key
from services.circles.repository.reading_activity import READING
from services.circles.usecases.campaign_consents import add_interests
from services.circles.usecases.campaign_runs import run_campaign
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.stream import Change
from services.shared.table.jobs import Job
from simulation.setup.requests import change
from simulation.users import caller

READERS = 100  # 25 in each shard, about: a page of the search and of the sending has 25 at most
_action = partial(Action, "circles")


def _consent(dataset: BenchDataset) -> None:
    circles.set_campaign_consent(dataset.simulation.circles, HAO, change(0), True, 1)


def _withdraw(dataset: BenchDataset) -> None:
    circles.withdraw_campaign_consent(dataset.simulation.circles, HAO)


def _create(dataset: BenchDataset) -> None:
    ports = dataset.simulation.circles
    dataset.objects["campaign"] = circles.create_campaign(ports, LIN, dataset.circle, dataset.key(LIN), 1)


def _teaser(dataset: BenchDataset) -> None:
    circles.set_teaser(dataset.simulation.circles, LIN, dataset.circle, change(0), "城市里看得到的野鸟。", ("观鸟",))


def _created(dataset: BenchDataset) -> None:
    _teaser(dataset)
    _create(dataset)


def _created_with_readers(dataset: BenchDataset) -> None:
    """Create a campaign for the topic that 100 users who consent read about elsewhere."""
    _created(dataset)
    ports, day = dataset.simulation.circles, member_day(dataset.simulation.clock.now).isoformat()
    for number in range(READERS):
        reader = caller(f"reader-{number}").user_id
        circles.set_campaign_consent(ports, caller(f"reader-{number}"), change(0), True, 1)
        read = {"circle_id": dataset.circle, "user_id": reader, "day": day, "views": {"birdwatching": 1}}
        key = user_item_key(dataset.circle, reader, READING)
        add_interests(ports, Change("1", key, None, key.attributes() | read))


def _step(dataset: BenchDataset) -> None:
    """Take the next step of the campaign."""
    campaign = dataset.objects["campaign"]
    job = Job(RUN_CAMPAIGN, f"{dataset.circle}/{campaign.id}", campaign.due_at)
    next(run_campaign(dataset.simulation.circles, job), None)


def _step_until(dataset: BenchDataset, state: CampaignState) -> None:
    _created_with_readers(dataset)
    while _get(dataset).state is not state:
        _step(dataset)


def _get(dataset: BenchDataset) -> Campaign:
    return circles.get_campaign(dataset.simulation.circles, LIN, dataset.circle, dataset.objects["campaign"].id)


def _list(dataset: BenchDataset) -> None:
    circles.list_campaigns(dataset.simulation.circles, LIN, dataset.circle, PageRequest(20))


def _stop(dataset: BenchDataset) -> None:
    circles.stop_campaign(dataset.simulation.circles, LIN, dataset.circle, dataset.objects["campaign"].id)


_job = partial(_action, trigger="none", authorizes=False)
CAMPAIGNS = (
    _action("consent to campaigns", _consent),
    _action("withdraw the consent to campaigns", _withdraw, None, _consent),
    _action("read the consent to campaigns", lambda d: circles.get_campaign_consent(d.simulation.circles, HAO), None, _consent),
    _action("start a campaign", _create, None, _teaser),
    _action("read a campaign", _get, None, _created),
    _action("list campaigns", _list, None, _created),
    _action("stop a campaign", _stop, None, _created),
    _job("find a page of people", _step, before=_created_with_readers),
    _job("send a page of messages", _step, before=partial(_step_until, state=CampaignState.SENDING)),
    _job("count 100 people", _step, before=partial(_step_until, state=CampaignState.MEASURING)),
)
