"""Routes of tags."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import api
from services.circles.errors import TagsUnknown
from services.shared.kernel.errors import OperatorRequired
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/tags")
def search_tags(caller: Caller, page: PageRequest, query: schemas.TagQuery) -> Page[schemas.TagResponse]:
    """Search tags by any of their names: Chinese in either script, pinyin, English or an alias."""
    return usecases.search_tags(wiring.ports(), query.q or "", query.category, page).map(schemas.TagResponse.of)


@api.get("/tags/{tag}")
def get_tag(caller: Caller, tag: str) -> schemas.TagCountsResponse:
    """Get a tag with the number of its notes and of their views."""
    return schemas.TagCountsResponse.with_counts(usecases.get_tag(wiring.ports(), tag))


@api.post("/tags/{tag}/merge", kind=ActionKind.STAFF, raises=(OperatorRequired, TagsUnknown))
def merge_tags(caller: Caller, tag: str, body: schemas.MergeRequest) -> schemas.TagCountsResponse:
    """Merge a tag into another, with its counts; for operators."""
    return schemas.TagCountsResponse.with_counts(usecases.merge_tags(wiring.ports(), caller, tag, body.into))
