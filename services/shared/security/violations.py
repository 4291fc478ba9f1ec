"""The rules of the platform that content or conduct can break: the reason that a user reads of a take-down or a sanction."""

from __future__ import annotations

from enum import StrEnum


class Violation(StrEnum):
    """The rule that was broken. Its texts in both languages are in `services/shared/http/catalogue/violations.py`."""

    SPAM = "spam"
    HARASSMENT = "harassment"
    HATE = "hate"
    SEXUAL_CONTENT = "sexual_content"
    VIOLENCE = "violence"
    FRAUD = "fraud"
    BANNED_PRODUCT = "banned_product"
    PRIVATE_DATA = "private_data"
    IMPERSONATION = "impersonation"
    EVASION = "evasion"
    OTHER = "other"

    @classmethod
    def of(cls, name: str) -> Violation:
        """Return the rule that an event names. One that this release does not know is shown as another violation."""
        return cls(name) if name in set(cls) else cls.OTHER
