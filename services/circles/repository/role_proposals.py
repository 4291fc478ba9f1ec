"""A proposed role, as a map in the item of the membership."""

from __future__ import annotations

from services.circles.domain import Role, RoleProposal
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item


def role_proposal_to_item(proposal: RoleProposal | None) -> Item | None:
    if proposal is None:
        return None
    at, expires_at = millis(proposal.at), millis(proposal.expires_at)
    return {"role": str(proposal.role), "by": proposal.by, "at": at, "expires_at": expires_at}


def role_proposal_from_item(item: Item | None) -> RoleProposal | None:
    if item is None:
        return None
    return RoleProposal(Role(item["role"]), item["by"], from_millis(item["at"]), from_millis(item["expires_at"]))
