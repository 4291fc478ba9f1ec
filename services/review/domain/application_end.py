"""The end of an application whose applicant's account is deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.review.domain.application import Application
from services.review.domain.content import Content
from services.review.domain.states import TRANSITIONS, State


def can_be_withdrawn(application: Application) -> bool:
    return State.WITHDRAWN in TRANSITIONS[application.state]


def erase_for_deletion(application: Application, *, at: datetime) -> Application:
    """Erase all texts. Unchanged if they are erased. A rejection that an open appeal is about becomes final.

    An application that granted a circle still has its seat: its identity and its audit chain stay until the circle closes.
    """
    identity_hash, salt = application.content.identity_hash, application.trail.salt
    if application.content == Content(identity_hash=identity_hash) and not application.encrypted_data:
        return application
    if application.state is State.APPEALED:
        application = replace(application, state=State.UPHELD, claim=None)
    erased = application.erase(at=at)
    if application.state is not State.ACTIVE:
        return erased
    return replace(erased, content=Content(identity_hash=identity_hash), trail=replace(erased.trail, salt=salt))
