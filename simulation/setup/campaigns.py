"""A circle with a teaser, users who consent to campaigns and read about its topic elsewhere, and its campaign."""

from __future__ import annotations

from services.circles import usecases as circles
from services.circles.domain.campaign import STAGES, Campaign, Recipient
from services.circles.repository.campaign_consents import get_consent
from services.circles.repository.recipients import iter_recipients
from services.circles.settings import settings
from services.circles.usecases.campaign_runs import run_campaigns
from services.shared.kernel.remaining_time import always
from services.shared.security.auth import Caller
from simulation.setup.circles import create_circle, join_circle, post_note, set_teaser
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key

OWNER, AUTHOR = caller("owner"), caller("author")
TOPIC = ("观鸟",)


def consent(simulation: Simulation, user: Caller) -> None:
    """Consent to campaigns."""
    request = change(get_consent(simulation.circles_table, user.user_id).choice)
    circles.set_campaign_consent(simulation.circles, user, request, True, settings().campaign_consent_revision)


class CampaignCircle:
    """The circle of an owner with a teaser, and another circle in which readers read notes about its topic."""

    def __init__(self, readers: int = 6, simulation: Simulation | None = None) -> None:
        self.simulation = simulation or Simulation()
        self.circle_id = create_circle(self.simulation, OWNER)
        set_teaser(self.simulation, OWNER, self.circle_id, "城市里看得到的野鸟。", TOPIC)
        self.elsewhere = create_circle(self.simulation, AUTHOR)
        self.readers = [caller(f"reader-{number}") for number in range(readers)]
        for reader in self.readers:
            self.add_reader(reader)

    def add_reader(self, reader: Caller, *, consents: bool = True) -> None:
        """Let a user consent, join the other circle and read there."""
        join_circle(self.simulation, reader, AUTHOR, self.elsewhere)
        if consents:
            consent(self.simulation, reader)
        self.read(reader)

    def read(self, reader: Caller, tags: tuple[str, ...] = TOPIC) -> None:
        """Let a user read a note with these tags in the other circle."""
        note = post_note(self.simulation, self.elsewhere, AUTHOR, "今早的鸟。", tags=tags)
        circles.record_views(self.simulation.circles, reader, self.elsewhere, [note.id])
        handle_new_changes(self.simulation, "circles")

    def start(self, min_days: int = 1, by: Caller = OWNER) -> Campaign:
        key = new_key(by, now=self.simulation.clock.now)
        return circles.create_campaign(self.simulation.circles, by, self.circle_id, key, min_days)

    def run(self, **later: float) -> None:
        """Run the worker once, a time later, and what the stream derives."""
        if later:
            self.simulation.clock.advance(**later)
        run_campaigns(self.simulation.circles, always)
        handle_new_changes(self.simulation, "circles")

    def current(self, campaign: Campaign) -> Campaign:
        return circles.get_campaign(self.simulation.circles, OWNER, self.circle_id, campaign.id)

    def people(self, campaign: Campaign) -> list[int]:
        """Return the numbers that the owner reads now."""
        now = self.current(campaign)
        return [now.people[index] for index in range(len(STAGES))]

    def recipients(self, campaign: Campaign) -> list[Recipient]:
        return list(iter_recipients(self.simulation.circles_table, self.circle_id, campaign.id))

    def notified(self, campaign: Campaign) -> set[str]:
        return {recipient.user_id for recipient in self.recipients(campaign) if recipient.notified_at}

    def join(self, *users: Caller) -> None:
        for user in users:
            join_circle(self.simulation, user, OWNER, self.circle_id)
        handle_new_changes(self.simulation, "circles")
