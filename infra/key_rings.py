"""The key rings that each service needs."""

from __future__ import annotations

# Each has a parameter of its own, so that a function can read only those that it uses. `infra.deploy` creates missing ones.
# The ring `grants` of review signs read grants: the functions `api` of circles and commerce read it too, to verify them.
# The ring `attribution` of commerce signs card tokens: the functions `api` of circles and chat read it too, to sign them.
KEY_RINGS: dict[str, tuple[str, ...]] = {
    "review": ("cursor", "id", "identity", "verifier", "grants", "metrics"),
    "circles": ("cursor", "id", "passcode", "alias", "pictures"),
    "chat": ("cursor", "id", "ticket", "push", "pictures"),
    "commerce": ("cursor", "id", "webhook", "pictures", "coupon", "traces", "attribution"),
}


def parameter_name(stage: str, service: str, ring: str) -> str:
    return f"/coterie/{stage}/{service}/keys/{ring}"
