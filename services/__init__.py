"""The backend of Coterie: four services that share code and exchange nothing but events."""

from __future__ import annotations

import gc

# An import creates 100,000 objects and discards few of them. At the default of 700, collections are a tenth of a cold start.
gc.set_threshold(150_000)

SERVICES = ("review", "circles", "chat", "commerce")
