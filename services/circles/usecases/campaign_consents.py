"""The consent to campaigns: a user's choice, the interests that are collected under it, and what a withdrawal deletes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.circles.domain.campaign_consent import CampaignConsent
from services.circles.repository import campaign_consents as repository
from services.circles.repository.circles import find_circle
from services.circles.repository.reading_activity import READING
from services.circles.repository.recipients import delete_recipients_of_user
from services.circles.taxonomy import taxonomy
from services.circles.usecases.ports import Ports
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import CampaignConsentChanged
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, update


def get_campaign_consent(ports: Ports, caller: Caller) -> CampaignConsent:
    """Return the caller's consent to campaigns, with the interests. Cost: 1.5 read units."""
    return repository.get_consent(ports.table, caller.user_id)


def set_campaign_consent(ports: Ports, caller: Caller, request: ChangeRequest, on: bool, revision: int) -> CampaignConsent:
    """Consent to messages of circles that fit what the caller reads from now on, or withdraw that; return the consent.

    It needs the ETag of the choice that the caller read: a late repeat does not undo a withdrawal.
    Cost: 2 write units and 2 read units.
    Raises: ConsentTextChanged, PreconditionFailed (the choice changed since the caller read it), KeyReused, RateLimitReached.
    """

    def change(consent: CampaignConsent) -> CampaignConsent:
        return consent.give(revision, at=ports.clock()) if on else consent.withdraw(at=ports.clock())

    load = partial(repository.load_consent, ports.table, caller.user_id)
    return update(ports, load, change, CampaignConsentChanged, request=request, version_of=lambda consent: consent.choice)


def withdraw_campaign_consent(ports: Ports, caller: Caller) -> None:
    """Withdraw the caller's consent. From now on no campaign sends them a message. Unchanged without consent.

    The stream deletes the interests and the caller in every audience; chat hides the messages.
    Cost: 1 write unit and 1.5 read units.
    """
    load = partial(repository.load_consent, ports.table, caller.user_id)
    update(ports, load, lambda consent: consent.withdraw(at=ports.clock()), CampaignConsentChanged)


def add_interests(ports: Ports, change: Change) -> None:
    """Add the tags of what a member reads for the first time on a day, and those of the circle, to the member's interests.

    Unchanged without consent. A repeat changes nothing: a tag counts once a day.
    Cost: 0.5 read units without consent, and only if a new tag was read; with it 2 more and 1 write unit, and for each new
    interest 2 and 1 for both.
    """
    slugs = _new_tags_of_the_day(change)
    if not slugs or change.new is None:
        return
    circle_id, user_id = change.new["circle_id"], change.new["user_id"]
    consent = repository.find_consents(ports.table, [user_id]).get(user_id)
    if consent is None or not consent.is_in_force:
        return
    circle = find_circle(ports.table, circle_id)
    slugs += taxonomy().slugs(circle.tags) if circle else []

    def add(before: CampaignConsent) -> CampaignConsent | Changed[CampaignConsent]:
        after = before.add_interests(slugs, at=ports.clock())
        return Changed(after, also=repository.interest_writes(before, after))

    update(ports, partial(repository.load_consent, ports.table, user_id), add)


def _new_tags_of_the_day(change: Change) -> list[str]:
    if change.key.sk != READING or change.new is None:
        return []
    is_same_day = change.old is not None and change.old["day"] == change.new["day"]
    before = change.old["views"] if change.old and is_same_day else {}
    return [slug for slug in change.new["views"] if slug not in before]


def delete_withdrawn(ports: Ports, change: Change) -> None:
    """Delete the interests of a consent that was withdrawn, and the user in every audience that found them by it."""
    for consent in repository.withdrawn_consents([change]):
        for _ in _erase(ports, consent):
            pass


def _erase(ports: Ports, consent: CampaignConsent) -> Iterator[None]:
    yield from repository.delete_interests(ports.table, consent)
    yield from delete_recipients_of_user(ports.table, consent.user_id, consent.choice)


def erase_campaign_items(ports: Ports, user_id: str) -> Iterator[None]:
    """Delete what campaigns store of a user; yields after each deletion. Also for the erasure of an account."""
    consent = repository.get_consent(ports.table, user_id)
    ports.table.delete(repository.consent_key(user_id), when=None)  # first: no interest is added without it
    yield from repository.delete_interests(ports.table, consent)
    yield from delete_recipients_of_user(ports.table, user_id)
