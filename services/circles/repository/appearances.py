"""What a circle shows of a member, as attributes of the membership and as its entry in the list of members."""

from __future__ import annotations

from services.circles.domain import Member, Role
from services.circles.domain.profile import Appearance, KeptName, ListedMember, Name
from services.shared.kernel.clock import from_millis
from services.shared.security.take_downs import TakeDowns
from services.shared.table.items import Item

LIST_INDEX = "gsi2"  # sparse: only active memberships; the template projects what `listed_member_from_item` reads
HIGHEST_RANK = Role.OWNER.rank
LISTED_ROLES = (Role.OWNER, Role.CO_OWNER, Role.MODERATOR, Role.BUYER, Role.MEMBER)


def list_partition(circle_id: str) -> str:
    return f"MEMBERS#{circle_id}"


def list_prefix(role: Role) -> str:
    """Return what the sort keys of the members with a role begin with: the highest rank comes first."""
    return f"{HIGHEST_RANK - role.rank}#"


def appearance_to_item(member: Member) -> Item:
    """Return the attributes; a default name is not stored, since it follows from the user."""
    shown = member.appearance
    optional: Item = {
        "nickname": shown.name.text if shown.name != Name.default(member.user_id) else "",
        "name_key": shown.name.key if shown.name != Name.default(member.user_id) else "",
        "has_own_name": shown.has_own_name,
        "name_version": shown.name_version,
        "avatar": shown.avatar,
        "profile_version": shown.profile_version,
        "was_member": member.was_member and not member.is_active,
        **_kept_to_item(shown.kept),
    }
    keys = {}
    if member.is_active:
        keys = {"gsi2pk": list_partition(member.circle_id), "gsi2sk": f"{list_prefix(member.role)}{shown.name.key}"}
    return {**{name: value for name, value in optional.items() if value}, **keys, **shown.take_downs.to_item()}


def _kept_to_item(kept: KeptName | None) -> Item:
    return {"kept_nickname": kept.name.text, "kept_name_key": kept.name.key, "kept_is_own": kept.is_own} if kept else {}


def appearance_from_item(item: Item) -> Appearance:
    name = Name(item.get("nickname", ""), item.get("name_key", ""))
    kept_name = Name(item["kept_nickname"], item["kept_name_key"]) if "kept_nickname" in item else None
    return Appearance(
        name=name,
        avatar=item.get("avatar", ""),
        has_own_name=item.get("has_own_name", False),
        name_version=item.get("name_version", 0),
        profile_version=item.get("profile_version", 0),
        take_downs=TakeDowns.from_item(item),
        kept=KeptName(kept_name, item.get("kept_is_own", False)) if kept_name else None,
    )


def listed_member_from_item(item: Item) -> ListedMember:
    """Return an entry of the list of members, from what the index projects of it."""
    user_id, (rank, _, name_key) = item["sk"].removeprefix("MEMBER#"), item["gsi2sk"].partition("#")
    name = Name(item["nickname"], name_key) if "nickname" in item else Name.default(user_id)
    return ListedMember(user_id, LISTED_ROLES[int(rank)], name, item.get("avatar", ""), from_millis(item["joined_at"]))
