"""The actions of the scenarios with a profile: a name, an avatar, another avatar, and a name for one circle."""

from __future__ import annotations

from typing import Any

from services.circles import usecases as circles
from services.circles.domain import PictureType
from services.circles.domain.profile import AVATARS
from services.circles.names.pinyin import name_of
from services.circles.repository.profiles import get_profile
from services.shared.pictures.checks import find_picture_check
from services.shared.pictures.clean import CleanPicture
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, MEI, REPORT, Action
from tests.kill.scenario import Scenario

KEYS = {"first": new_key(MEI), "second": new_key(MEI)}


def set_name(simulation: Simulation) -> Any:
    return circles.update_profile(simulation.circles, MEI, change(0, "name"), {"name": name_of("阿梅")})


def upload_avatar(name: str) -> Action:
    """Upload an avatar and let the worker process it; a failed attempt is a notification that is delivered again."""

    def action(simulation: Simulation) -> None:
        picture_id, form = circles.create_avatar_upload(simulation.circles, KEYS[name], PictureType.PNG, 3)
        if find_picture_check(simulation.circles.table, AVATARS, MEI.user_id, picture_id) is None:
            simulation.bucket.files[form.fields["key"]] = ("image/png", b"raw")
            circles.process_upload(simulation.circles, form.fields["key"], lambda *_: CleanPicture(b"full", b"", 256, 256))

    return action


def choose_avatar(name: str) -> Action:
    versions: list[int] = []

    def action(simulation: Simulation) -> Any:
        """Choose the avatar, with the ETag of the first try, as a client that retries does."""
        versions[:] = versions or [get_profile(simulation.circles.table, MEI.user_id).version]
        avatar = KEYS[name].part(KEYS[name].body_hash).id("pic")
        return circles.update_profile(simulation.circles, MEI, change(versions[0], name), {"avatar": avatar})

    return action


def choose_nickname(simulation: Simulation) -> Any:
    return circles.update_membership(simulation.circles, MEI, CIRCLE, change(0), name_of("大山雀"))


PEOPLE = (
    Scenario("set-name", set_name, "add-members"),
    Scenario("upload-avatar", upload_avatar("first"), "set-name"),
    Scenario("choose-avatar", choose_avatar("first"), "upload-avatar"),
    Scenario("upload-another-avatar", upload_avatar("second"), "choose-avatar"),
    Scenario("replace-avatar", choose_avatar("second"), "upload-another-avatar"),
    Scenario(
        "report-circle", lambda simulation: circles.report_circle(simulation.circles, HAO, CIRCLE, REPORT), "describe-circle"
    ),
    Scenario("choose-nickname", choose_nickname, "set-name"),
    Scenario(
        "report-member",
        lambda simulation: circles.report_member(simulation.circles, HAO, CIRCLE, MEI.user_id, REPORT),
        "choose-avatar",
    ),
    Scenario(
        "list-people", lambda simulation: circles.get_people(simulation.circles, MEI, CIRCLE, [MEI.user_id]), "add-members"
    ),
)
