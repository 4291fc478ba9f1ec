"""The people of a circle: by their ids, and as the list of members."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from services.circles.domain import Member, Role
from services.circles.domain.profile import ListedMember
from services.circles.names.pinyin import NameQuery
from services.circles.repository.appearances import LIST_INDEX, list_partition, list_prefix, listed_member_from_item
from services.circles.repository.circles import MEMBERS, member_key
from services.circles.repository.ranges import query_ranges
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.items import Attr, Check, Item, Query
from services.shared.table.port import Table

STAFF = (Role.OWNER, Role.CO_OWNER, Role.MODERATOR, Role.BUYER)


def get_members(table: Table, circle_id: str, user_ids: Collection[str]) -> list[Member]:
    """Return the memberships of these users, past ones too, read together. Cost: half a read unit per id."""
    members = MEMBERS.find_many(table, [member_key(circle_id, user_id) for user_id in user_ids])
    return [member for member in members if member]


def list_active_members(
    table: Table, circle_id: str, page: PageRequest, role: Role | None = None, name: NameQuery | None = None
) -> Page[ListedMember]:
    """Return a page of the members by rank, then by name.

    A name is searched among all staff, who are few, and by its prefix among the ordinary members. So the cost does not depend
    on the size of the circle.
    """

    def entry_of(item: Item) -> ListedMember | None:
        member = listed_member_from_item(item)
        return member if name is None or name.matches(member.name) else None

    query = Query(pk=list_partition(circle_id), index=LIST_INDEX, limit=page.limit)
    return query_ranges(table, _ranges(query, role, name), entry_of, page.start)


def _ranges(query: Query, role: Role | None, name: NameQuery | None) -> list[Query]:
    """Return the ranges of the index that can have entries, in its order."""
    ordinary = list_prefix(Role.MEMBER)
    if name and role in (None, Role.MEMBER):
        found = [replace(query, prefix=f"{ordinary}{prefix}") for prefix in name.prefixes]
        return found if role else [replace(query, first=list_prefix(Role.OWNER), last=f"{list_prefix(Role.BUYER)}~"), *found]
    return [replace(query, prefix=list_prefix(role)) if role else query]


def check_unchanged(member: Member) -> Check:
    """Return the check of a transaction that a membership is still what was read."""
    return Check(member_key(member.circle_id, member.user_id), Attr("version").eq(member.version))
