"""What a deployment must know of each service beside its template."""

from __future__ import annotations

# The rings of secret keys that a service reads from its parameter; `infra.deploy` creates those that are missing.
KEY_RINGS: dict[str, tuple[str, ...]] = {
    "review": ("cursor", "id", "identity", "verifier"),
    "circles": ("cursor", "id", "passcode"),
    "chat": ("cursor", "id", "ticket"),
    "commerce": ("cursor", "id", "webhook"),
}
