"""Profiles of users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.circles.domain.profile import KeptProfile, Name, Profile
from services.circles.names.pinyin import NameQuery
from services.circles.repository.appearances import LIST_INDEX
from services.circles.repository.ranges import query_ranges
from services.shared.kernel.errors import NotFound
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.stream import Change
from services.shared.security.take_downs import TakeDowns
from services.shared.table.entities import EntityChange, EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

PROFILE = "PROFILE"


def profile_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", PROFILE)


def load_profile(table: Table, user_id: str) -> Versioned[Profile]:
    return PROFILES.load_or(table, profile_key(user_id), Profile(user_id))


def get_profile(table: Table, user_id: str, *, consistent_read: bool = False) -> Profile:
    """Return a profile, or the default one. Cost: half a read unit."""
    return PROFILES.find(table, profile_key(user_id), consistent_read=consistent_read) or Profile(user_id)


def list_profiles(table: Table, name: NameQuery, page: PageRequest) -> Page[Profile]:
    """Return a page of the profiles whose chosen name begins with the query, in the order of the names' keys."""

    def entry_of(item: Item) -> Profile | None:
        found = Name(item["nickname"], item["gsi2sk"])
        return Profile(item["pk"].removeprefix("USER#"), found) if name.matches(found) else None

    ranges = [
        Query(pk=_name_partition(prefix), prefix=prefix, index=LIST_INDEX, limit=page.limit)
        for prefix in name.prefixes
        if prefix
    ]
    return query_ranges(table, ranges, entry_of, page.start)


def profile_changes(changes: Sequence[Change]) -> Iterator[EntityChange[Profile]]:
    return PROFILES.changes(changes, PROFILE)


def profile_to_item(profile: Profile) -> Item:
    name = {"nickname": profile.name.text, "name_key": profile.name.key} if profile.name else {}
    kept = profile.kept
    optional = {"avatar": profile.avatar, "bio": profile.bio, "kept_avatar": kept.avatar}
    optional |= {"kept_nickname": kept.name.text, "kept_name_key": kept.name.key} if kept.name else {}
    return {
        **profile_key(profile.user_id).attributes(),
        "user_id": profile.user_id,
        "version": profile.version,
        **name,
        **{name: value for name, value in optional.items() if value},
        **profile.take_downs.to_item(),
        **_index_keys(profile.name),
    }


def _index_keys(name: Name | None) -> Item:
    """Return what puts a chosen name in the index that staff search. Its partitions are the first characters of the keys."""
    return {"gsi2pk": _name_partition(name.key), "gsi2sk": name.key} if name and name.key else {}


def _name_partition(key: str) -> str:
    return f"NICKNAME#{key[0]}"


def profile_from_item(item: Item) -> Profile:
    name = Name(item["nickname"], item["name_key"]) if "nickname" in item else None
    kept_name = Name(item["kept_nickname"], item["kept_name_key"]) if "kept_nickname" in item else None
    return Profile(
        user_id=item["user_id"],
        name=name,
        avatar=item.get("avatar", ""),
        bio=item.get("bio", ""),
        version=item["version"],
        take_downs=TakeDowns.from_item(item),
        kept=KeptProfile(kept_name, item.get("kept_avatar", "")),
    )


PROFILES = EntityStore(profile_to_item, profile_from_item, NotFound)
