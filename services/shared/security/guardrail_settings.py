"""The settings of the guardrails of the owner's commerce, which circles applies to notes and chat to messages."""

from __future__ import annotations

from services.shared.kernel.settings import setting
from services.shared.security.selling import SellingSettings


class GuardrailSettings(SellingSettings):
    """The guardrails count the posts of the owner, the co-owners, and the other users of their identities together."""

    max_commercial_percent: int = setting(
        10, 1, 100, "The most commercial posts of the owner's group, in percent of its posts."
    )
    max_own_percent: int = setting(30, 1, 100, "The most cards of own products of the owner's group, in percent of its cards.")
    guardrail_days: int = setting(7, 1, 31, "The calendar days in China over which the guardrails count.")
