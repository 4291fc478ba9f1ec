"""Who can get the message of a campaign: who consents, is not sanctioned, blocked or in the circle, and got none this week."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from services.circles.domain import Circle
from services.circles.domain.campaign import Campaign
from services.circles.domain.campaign_consent import CampaignConsent
from services.circles.repository import campaign_consents, circles, recipients
from services.circles.repository.campaign_people import UserFacts, find_user_facts
from services.circles.usecases.ports import Ports
from services.shared.security.account_status import SanctionLevel
from services.shared.security.identities import list_users_of_identity

MAX_LINKED_USERS = 20  # of one person: a transaction holds 100 writes, and each user and identity has one


class Person(NamedTuple):
    """A person who can get the message.

    user_id: the user who consents, by `choice`. users: all known users of the person. ids: those with their identities.
    """

    user_id: str
    choice: int
    users: frozenset[str]
    ids: frozenset[str]

    @property
    def id(self) -> str:
        return min(self.users)


def find_people(ports: Ports, campaign: Campaign, circle: Circle, user_ids: Collection[str]) -> list[Person]:
    """Return the people among these users who can get the message of the campaign now.

    A person who is or was in the circle, in any state and with any of their users, is left out: so are those who left, were
    kicked or banned, the owner, and who waits to join.
    Cost: 2.5 read units per user without identities, and 0.5 for the blocks of the owner.
    """
    at = ports.clock()
    consents = campaign_consents.find_consents(ports.table, user_ids)
    matching = [one for one in consents.values() if one.matches(campaign.slugs, campaign.min_days, at=at)]
    facts = find_user_facts(ports.table, [*(consent.user_id for consent in matching), circle.owner])
    linked = [_linked(ports, consent, facts) for consent in matching if _can_get(ports, circle, consent.user_id, facts)]
    known = [person for person in linked if len(person.ids) <= MAX_LINKED_USERS]
    users = sorted({user for person in known for user in person.users})
    in_circle = {member.user_id for member in circles.find_members(ports.table, users, [circle.id])}
    contacted = recipients.find_contacted(ports.table, sorted({one for person in known for one in person.ids}), at)
    return [person for person in known if not (person.users & in_circle or person.ids & contacted)]


def _can_get(ports: Ports, circle: Circle, user_id: str, facts: Mapping[str, UserFacts]) -> bool:
    """Whether no sanction and no block is between the owner and the user."""
    if facts[user_id].status.at(ports.clock()).includes(SanctionLevel.SUSPENDED):
        return False
    return circle.owner not in facts[user_id].blocked and user_id not in facts[circle.owner].blocked


def _linked(ports: Ports, consent: CampaignConsent, facts: Mapping[str, UserFacts]) -> Person:
    """Return the person with all users of all their identities, over any number of identities."""
    users, identities = {consent.user_id}, set(facts[consent.user_id].identities)
    searched: set[str] = set()
    while (new := identities - searched) and len(users) <= MAX_LINKED_USERS:
        searched |= new
        found = {user for identity in sorted(new) for user in list_users_of_identity(ports.table, identity)} - users
        users |= found
        identities |= {one for user in find_user_facts(ports.table, sorted(found)).values() for one in user.identities}
    return Person(consent.user_id, consent.choice, frozenset(users), frozenset(users | identities))
