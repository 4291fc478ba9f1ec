"""The backend of Coterie: four services that share code and exchange nothing but events."""

from __future__ import annotations

SERVICES = ("review", "circles", "chat", "commerce")
