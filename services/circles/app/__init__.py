"""The HTTP API of the circles service, one file per noun."""

from services.circles.app import (
    blocks,
    check_ins,
    circles,
    comments,
    deletion,
    digests,
    drafts,
    exports,
    guardrails,
    health,
    highlights,
    members,
    moderation_log,
    notes,
    ownership,
    passcodes,
    people,
    reading_activity,
    recaps,
    screening,
    sign_out,
    staff,
    tags,
    teasers,
)
from services.circles.app.api import api
