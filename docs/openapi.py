"""The joined OpenAPI document of all services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.shared.http.openapi import ABOUT, info

TITLE, DESCRIPTION = "Coterie", "The API of Coterie: private interest circles with notes, chat and shops."


def join(documents: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return one document with the operations and components of all services.

    Raises: ValueError (two services give different things the same name).
    """
    first = next(iter(documents.values()))
    tags = {tag["name"]: tag for document in documents.values() for tag in document["tags"]}
    kinds = sorted({kind for document in documents.values() for kind in document["components"]})
    parts = [document["components"] for document in documents.values()]
    return {
        **{name: first[name] for name in ("openapi", "servers", "security")},
        "info": info(TITLE, f"{DESCRIPTION}\n\n{ABOUT}"),
        "tags": [tags[name] for name in sorted(tags)],
        "paths": _merged(*(document["paths"] for document in documents.values())),
        "components": {kind: _merged(*(part[kind] for part in parts if kind in part)) for kind in kinds},
    }


def _merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in parts:
        if different := [name for name in part if name in merged and merged[name] != part[name]]:
            raise ValueError(
                f"two services have a different {different[0]}: rename it in services/shared/http/openapi/models.py"
            )
        merged |= part
    return merged
