"""The actions of the scenarios with a picture: its upload and its note."""

from __future__ import annotations

from typing import Any

from services.circles import usecases as circles
from services.circles.domain import PictureType
from services.shared.pictures.checks import find_picture_check
from services.shared.pictures.clean import CleanPicture
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, MEI, NOTE_KEY

KEY = new_key(MEI)


def upload_picture(simulation: Simulation) -> None:
    """Upload a picture and let the worker process it; a failed attempt is a notification that is delivered again."""
    picture_id, form = circles.create_upload(simulation.circles, MEI, CIRCLE, KEY, PictureType.PNG, 3)
    if find_picture_check(simulation.circles.table, CIRCLE, MEI.user_id, picture_id) is None:
        simulation.bucket.files[form.fields["key"]] = ("image/png", b"raw")
        circles.process_upload(simulation.circles, form.fields["key"], lambda *_: CleanPicture(b"full", b"thumb", 9, 6))


PICTURE = KEY.part(KEY.body_hash).id("pic")


def post_picture(simulation: Simulation) -> Any:
    note_input = circles.NoteInput("带图", ("观鸟",), (PICTURE,))
    return circles.post_note(simulation.circles, MEI, CIRCLE, NOTE_KEY, note_input)
