"""The consents of users to campaigns, and which users have an interest: the only way in which a campaign finds people.

An entry of an interest is written in the transaction that changes the consent. So an entry without consent, or of an earlier
one, exists only until the stream has deleted it; a campaign reads the consent of each person that it finds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date

from services.circles.domain.campaign_consent import CampaignConsent, Interest
from services.shared.kernel.errors import NotFound
from services.shared.messaging.stream import Change
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Check, Delete, Item, Key, Put, Query
from services.shared.table.port import ConditionFailed, Table, Write
from services.shared.table.versioned import Versioned

CAMPAIGN_CONSENT = "CAMPAIGN_CONSENT"
SHARDS = 4  # of a tag: a popular one must not exceed the write limit of one partition


def consent_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", CAMPAIGN_CONSENT)


def load_consent(table: Table, user_id: str) -> Versioned[CampaignConsent]:
    return CONSENTS.load_or(table, consent_key(user_id), CampaignConsent(user_id))


def get_consent(table: Table, user_id: str) -> CampaignConsent:
    """Return the consent of a user, or that there is none. Cost: 1 read unit."""
    return CONSENTS.find(table, consent_key(user_id), consistent_read=True) or CampaignConsent(user_id)


def find_consents(table: Table, user_ids: Iterable[str]) -> dict[str, CampaignConsent]:
    """Return the stored consents of these users, read together. Cost: 0.5 read units per user."""
    found = CONSENTS.find_many(table, [consent_key(user_id) for user_id in user_ids])
    return {consent.user_id: consent for consent in found if consent}


def consent_check(user_id: str, choice: int) -> Check:
    """Return the condition that a consent was not withdrawn: also not withdrawn and given again."""
    return Check(consent_key(user_id), Attr("is_given").eq(True) & Attr("choice").eq(choice))


def interest_writes(before: CampaignConsent, after: CampaignConsent) -> list[Write]:
    """Return the writes that add and delete the entries of the interests that a change adds and deletes."""
    added = sorted(after.interests.keys() - before.interests.keys())
    deleted = sorted(before.interests.keys() - after.interests.keys())
    puts = [Put({**_interest_key(slug, after.user_id).attributes(), "choice": after.choice}, None) for slug in added]
    return [*puts, *(Delete(_interest_key(slug, after.user_id), None) for slug in deleted)]


def delete_interests(table: Table, consent: CampaignConsent) -> Iterator[None]:
    """Delete the entries of a consent that was withdrawn. Entries of a later one stay."""
    for slug in consent.interests:
        with suppress(ConditionFailed):
            table.delete(_interest_key(slug, consent.user_id), when=Attr("choice").eq(consent.choice))
        yield


def list_interested(table: Table, slugs: Sequence[str], after: str, limit: int) -> tuple[list[str], str]:
    """Return the next users with one of these interests, and where the list continues; empty after the last."""
    index, _, user = after.partition("#")
    partition = int(index or 0)
    pk = _partition(slugs[partition // SHARDS], partition % SHARDS)
    first = f"USER#{user}!" if user else "USER#"  # `!` sorts before every character of a user id
    page = table.query(Query(pk=pk, first=first, last="USER#~", limit=limit))
    users = [str(item["sk"]).removeprefix("USER#") for item in page.items]
    if page.next:
        return users, f"{partition}#{users[-1]}"
    return users, f"{partition + 1}#" if partition + 1 < len(slugs) * SHARDS else ""


def withdrawn_consents(changes: Iterable[Change]) -> Iterator[CampaignConsent]:
    """Yield each consent that the stream's changes end, as it was before."""
    for change in CONSENTS.changes(list(changes), CAMPAIGN_CONSENT):
        if change.before and change.before.is_given and not (change.after and change.after.choice == change.before.choice):
            yield change.before


def consent_to_item(consent: CampaignConsent) -> Item:
    return {
        **consent_key(consent.user_id).attributes(),
        "user_id": consent.user_id,
        "is_given": consent.is_given,
        "revision": consent.revision,
        "choice": consent.choice,
        "interests": {slug: _interest_to_text(interest) for slug, interest in consent.interests.items()},
        "version": consent.version,
    }


def consent_from_item(item: Item) -> CampaignConsent:
    return CampaignConsent(
        user_id=item["user_id"],
        is_given=item["is_given"],
        revision=item["revision"],
        choice=item["choice"],
        interests=_interests_from_item(item["interests"]),
        version=item["version"],
    )


def _interest_to_text(interest: Interest) -> str:
    return f"{interest.last.isoformat()} {interest.days}"


def _interests_from_item(texts: Mapping[str, str]) -> dict[str, Interest]:
    parts = {slug: text.split() for slug, text in texts.items()}
    return {slug: Interest(int(days), date.fromisoformat(last)) for slug, (last, days) in parts.items()}


def _interest_key(slug: str, user_id: str) -> Key:
    return Key(_partition(slug, hashlib.sha256(user_id.encode()).digest()[0] % SHARDS), f"USER#{user_id}")


def _partition(slug: str, shard: int) -> str:
    return f"INTEREST#{slug}#{shard}"


CONSENTS = EntityStore(consent_to_item, consent_from_item, NotFound)
