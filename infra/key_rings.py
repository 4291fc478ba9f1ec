"""The key rings that each service needs."""

from __future__ import annotations

# A service reads them from its parameter; `infra.deploy` creates those that are missing.
KEY_RINGS: dict[str, tuple[str, ...]] = {
    "review": ("cursor", "id", "identity", "verifier"),
    "circles": ("cursor", "id", "passcode"),
    "chat": ("cursor", "id", "ticket"),
    "commerce": ("cursor", "id", "webhook"),
}
