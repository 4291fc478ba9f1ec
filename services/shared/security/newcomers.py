"""What newcomers of a circle cannot post: the one rule for every text that other members read."""

from __future__ import annotations

import re

from services.shared.kernel.appearance import normalize_appearance
from services.shared.kernel.errors import NewcomerLimitExceeded

# Without one of these a text has no link. Most texts have none, so most cold starts do not load `links` (2 ms).
_CAN_BE_LINK = re.compile(r"[.:。点]|dot", re.IGNORECASE)
_MENTION = re.compile(r"(?<![A-Za-z0-9_.])@\w")


def is_over_newcomer_limits(
    text: str, *, max_mentions: int, pictures: int = 0, max_pictures: int = 0, has_coded_link: bool = False
) -> bool:
    """Return whether a newcomer cannot post this: a link, too many mentions or too many pictures.

    has_coded_link: whether a code in one of the pictures is a link.
    """
    seen = normalize_appearance(text)
    if has_coded_link or pictures > max_pictures or len(_MENTION.findall(seen)) > max_mentions:
        return True
    if not _CAN_BE_LINK.search(seen):
        return False
    from services.shared.kernel.links import has_link

    return has_link(seen)


def require_newcomer_limits(
    text: str, *, max_mentions: int, pictures: int = 0, max_pictures: int = 0, has_coded_link: bool = False
) -> None:
    """Require that a newcomer can post this.

    Raises: NewcomerLimitExceeded.
    """
    counts = {"pictures": pictures, "max_pictures": max_pictures, "max_mentions": max_mentions}
    if is_over_newcomer_limits(text, has_coded_link=has_coded_link, **counts):
        raise NewcomerLimitExceeded(max_pictures=max_pictures, max_mentions=max_mentions)
