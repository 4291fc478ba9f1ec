"""Every setting and flag is used by its service, and no figure of a setting is a constant again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.shared.pictures.settings import PictureSettings
from simulation.settings import SETTINGS

SERVICES = Path(__file__).parents[2] / "services"
NAMES = [
    pytest.param(service, name, id=f"{service}-{name}") for service in SETTINGS for name in SETTINGS[service].model.model_fields
]
FLAGS = [pytest.param(service, name, id=f"{service}-{name}") for service in SETTINGS for name in SETTINGS[service].flags]


def source_of(*folders: str) -> str:
    files = (path for folder in folders for path in (SERVICES / folder).rglob("*.py") if path.name != "settings.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize(("service", "name"), NAMES)
def test_every_setting_is_used_outside_its_declaration(service: str, name: str) -> None:
    kind = re.sub("_(burst|interval)$", "", name)
    read = rf'\b(settings\(\)|now)\.{name}\b|\bsettings\(\)\.rate\("{kind}"\)'
    if name in PictureSettings.model_fields:  # what two services share gets them as an argument
        read = rf'{read}|\bsettings\.{name}\b|\bsettings\.rate\("{kind}"\)'
    if not re.search(read, source_of(service, "shared/pictures")):
        pytest.fail(f"{name} is declared in services/{service}/settings.py, but nothing reads it")


@pytest.mark.parametrize(("service", "name"), FLAGS)
def test_every_flag_is_used_outside_its_declaration(service: str, name: str) -> None:
    assert re.search(rf"is_on\({name.upper()}[,)]", source_of(service))


@pytest.mark.parametrize("service", SETTINGS)
def test_every_setting_that_is_read_is_declared(service: str) -> None:
    read = set(re.findall(r"\bsettings\(\)\.(\w+)", source_of(service))) - {"rate", "change_request"}
    assert read <= SETTINGS[service].model.model_fields.keys()
