"""The form of an entry."""

from __future__ import annotations

from typing import Any

Entry = tuple[str] | tuple[str, Any]  # the description; and an example

CARD_TOKEN = "AZq_X" + "u7Qe0Zr1" * 15 + "u7Qe0Zr"  # 132 characters, as one has for a user of the user pool
ULID = "01KB9ZQ4T8N3W5X7Y2V6R1M0CE"
USER = "3f0a6c1e-52b7-4d4c-9a38-6b1f0e2d7c95"
OTHER_USER = "b81d2f60-7c3e-4f19-8a55-0c9e4d7b6a12"
