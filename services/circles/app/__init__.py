"""The HTTP API of the circles service, one file per noun."""

from services.circles.app import (
    blocks,
    check_ins,
    circles,
    comments,
    digests,
    drafts,
    exports,
    health,
    highlights,
    members,
    moderation_log,
    notes,
    ownership,
    passcodes,
    reading_activity,
    recaps,
    screening,
    tags,
    teasers,
)
from services.circles.app.api import api
