"""The meaning and an example of each field of the API and of the events, one file per service. Data only.

A key is the name of a field, or `Model.field` where a model gives the name a meaning of its own. A value is the description
and an example, unless the field's type shows one (enumerations, booleans, moments, models). A field with a description and
examples of its own (`Field(description=..., examples=[...])`) needs no entry.

Only documents need these texts, so they are imported where they are used: a cold start does not load them.
"""

from __future__ import annotations

from services.shared.http.glossary import chat, circles, commerce, pictures, review, shared
from services.shared.http.glossary.entry import Entry

_FILES = {"circles": circles, "chat": chat, "commerce": commerce, "review": review}


def entries_of(module: str) -> dict[str, Entry]:
    """Return the entries for the models of a module: those that all services share, and those of its service."""
    service = next((part for part in module.split(".") if part in _FILES), None)
    return shared.FIELDS | pictures.FIELDS | (_FILES[service].FIELDS if service else {})
