"""The HTTP edge: a Chalice app behind an HTTP API, with typed routes, problem documents and OpenAPI 3.1."""

from services.shared.api.answers import Listed, PageRequest, Redirect
from services.shared.api.app import Api
from services.shared.api.routes import RawBody

__all__ = ["Api", "Listed", "PageRequest", "RawBody", "Redirect"]
