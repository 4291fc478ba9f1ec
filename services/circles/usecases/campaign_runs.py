"""The worker of campaigns: it finds the people, sends the messages and counts the stages, in steps that can be repeated.

Nothing is sent before the whole audience is found, since an audience of fewer people than the smallest group gets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from services.circles.domain import Circle
from services.circles.domain.campaign import Campaign, CampaignState, Recipient, count_people
from services.circles.errors import CircleNotFound
from services.circles.repository import campaign_consents, circles, recipients, teasers
from services.circles.repository import campaigns as repository
from services.circles.usecases.campaign_people import Person, find_people
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.remaining_time import HasTime
from services.shared.messaging.events import CampaignMessageSent
from services.shared.table.jobs import Job, run_jobs
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import Changed, Versioned, apply, save

PAGE = 25  # people of one step: some 150 write units


def run_campaigns(ports: Ports, has_time: HasTime) -> int:
    """Take steps of the campaigns that are due, in turns, while there is time; return their number."""
    return run_jobs(ports, {repository.RUN_CAMPAIGN: lambda job: run_campaign(ports, job)}, has_time)


def run_campaign(ports: Ports, job: Job) -> Iterator[None]:
    """Take the steps of a campaign until it waits for its next count, or has ended; yields after each step.

    A step that another run took at the same time fails its condition, and is tried again in the next run.
    """
    circle_id, campaign_id = repository.campaign_of(job)
    while (loaded := repository.find_campaign(ports.table, circle_id, campaign_id)) and loaded.entity.is_due(ports.clock()):
        _STEPS[loaded.entity.state](ports, loaded)
        yield
    if loaded is None or loaded.entity.is_ended:
        yield from recipients.delete_recipients(ports.table, circle_id, campaign_id)


def _find(ports: Ports, loaded: Versioned[Campaign]) -> None:
    """Search one page of users with an interest, and store the people among them."""
    campaign, circle = loaded.entity, _find_inviting_circle(ports, loaded.entity)
    if circle is None:
        save(ports, loaded, campaign.end_sending(at=ports.clock()))
        return
    users, after = campaign_consents.list_interested(ports.table, campaign.slugs, campaign.after, PAGE)
    people, found = {person.id: person for person in find_people(ports, campaign, circle, users)}, 0
    for person in people.values():
        if not campaign.is_full_with(found):
            found += recipients.put_recipient(ports.table, _recipient(ports, campaign, person), person.users - {person.id})
    save(ports, loaded, campaign.find(found, after, at=ports.clock()))


def _recipient(ports: Ports, campaign: Campaign, person: Person) -> Recipient:
    ids = (campaign.circle_id, campaign.id, person.id, person.user_id)
    return Recipient(*ids, person.choice, campaign.page, next_version(0, ports.clock()))


def _send(ports: Ports, loaded: Versioned[Campaign]) -> None:
    """Send the message to one page of the audience: to who still can get it."""
    campaign, circle = loaded.entity, _find_inviting_circle(ports, loaded.entity)
    if circle is None:
        save(ports, loaded, campaign.end_sending(at=ports.clock()))
        return
    audience, after = recipients.list_recipients(ports.table, campaign.circle_id, campaign.id, campaign.after, PAGE)
    waiting = {recipient.user_id: recipient for recipient in audience if recipient.notified_at is None}
    for person in find_people(ports, campaign, circle, list(waiting)):
        if person.choice == waiting[person.user_id].choice:
            _send_message(ports, waiting[person.user_id], person)
    save(ports, loaded, campaign.send(after, at=ports.clock()))


def _send_message(ports: Ports, recipient: Recipient, person: Person) -> None:
    """Notify a person, if they consent and no campaign has sent them a message within the interval. Otherwise unchanged.

    All of it is one transaction: of parallel campaigns one sends, and a withdrawal is before the message or after it.
    Cost: 2 write units for the person, 2 for each of their users and identities, and 2 for the check of the consent.
    """
    at = ports.clock()
    loaded = Versioned(recipient, recipients.recipient_to_item(recipient), recipients.recipient_to_item)
    message = loaded.write(ports, recipient.notify(at=at), CampaignMessageSent)
    checked = campaign_consents.consent_check(recipient.user_id, recipient.choice)
    with suppress(ConditionFailed):
        apply(ports, message, *recipients.contact_writes(person.ids, at), checked)


def _measure(ports: Ports, loaded: Versioned[Campaign]) -> None:
    """Count the people at each stage, without those who have withdrawn their consent, and plan the next count.

    Cost: 4 write units, with the plan of the next count, and some 0.6 read units per person.
    """
    campaign = loaded.entity
    people = list(recipients.iter_recipients(ports.table, campaign.circle_id, campaign.id))
    consents = campaign_consents.find_consents(ports.table, {recipient.user_id for recipient in people})
    counted = []
    for recipient in people:
        consent = consents.get(recipient.user_id)
        if consent and consent.is_given and consent.choice == recipient.choice:
            counted.append(recipient)
        else:
            recipients.delete_recipient(ports.table, recipient)
    after = campaign.measure(count_people(counted), at=ports.clock())
    save(ports, loaded, Changed(after, also=[] if after.is_ended else [repository.run_write(after)]))


def _find_inviting_circle(ports: Ports, campaign: Campaign) -> Circle | None:
    """Return the circle, if who gets the message can read its teaser and request to join; None otherwise."""
    circle = circles.find_circle(ports.table, campaign.circle_id, consistent_read=True)
    if circle is None or circle.is_read_only(ports.clock()):
        return None
    try:
        teasers.get_teaser(ports.table, campaign.circle_id)
    except CircleNotFound:
        return None
    return circle


_STEPS: Mapping[CampaignState, Callable[[Ports, Versioned[Campaign]], None]] = {
    CampaignState.FINDING: _find,
    CampaignState.SENDING: _send,
    CampaignState.MEASURING: _measure,
}
