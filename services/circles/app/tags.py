"""What is called about interests."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import api
from services.circles.errors import TagsUnknown
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.kernel.errors import Forbidden
from services.shared.security.auth import Caller


@api.get("/tags")
def search_tags(caller: Caller, page: PageRequest, query: schemas.TagQuery) -> PageResponse[schemas.TagResponse]:
    """Find interests by any of their names: Chinese in either script, pinyin, English, alias."""
    found, rest = usecases.search_tags(wiring.ports(), query.q or "", query.category, page.limit, page.start)
    return page.answer([schemas.TagResponse.of(one) for one in found], rest)


@api.get("/tags/{tag}")
def get_tag(caller: Caller, tag: str) -> schemas.TagCountsResponse:
    """Read an interest, with how many notes carry it and how often they were read."""
    return schemas.TagCountsResponse.counted(usecases.get_tag(wiring.ports(), tag))


@api.post("/tags/{tag}/merge", raises=(Forbidden, TagsUnknown))
def merge_tags(caller: Caller, tag: str, body: schemas.MergeRequest) -> schemas.TagCountsResponse:
    """Make one interest mean another; for operators. Nothing that was counted is lost."""
    return schemas.TagCountsResponse.counted(usecases.merge_tags(wiring.ports(), caller, tag, body.into))
