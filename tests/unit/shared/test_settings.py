"""Settings: defaults, ranges, overrides of the table's item, and flags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from services.shared.kernel.flags import is_valid, keys_of
from services.shared.kernel.settings import Flag, InForce, Settings, defaults_of, range_of, setting
from services.shared.table.items import Item, Key
from services.shared.table.port import Throttled
from services.shared.table.settings import KEY, refresh
from simulation.memory import MemoryTable
from simulation.settings import SETTINGS, overridden

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class SampleSettings(Settings):
    ORDER: ClassVar[tuple[tuple[str, str], ...]] = (("least", "most"),)

    least: int = setting(1, 0, 10, "The least.")
    most: int = setting(5, 0, 10, "The most.")
    period: timedelta = setting(MINUTE, MINUTE, 60 * MINUTE, "A period.")


@pytest.fixture
def settings() -> InForce[SampleSettings]:
    return InForce(SampleSettings, Flag("trial", False, "A trial.", context=("circle_id",)))


def table_with(values: dict[str, Any], rules: str = "{}") -> MemoryTable:
    table = MemoryTable()
    table.put({**KEY.attributes(), "values": values, "rules": rules, "version": 1}, when=None)
    return table


@pytest.mark.parametrize("service", SETTINGS)
def test_every_default_is_in_its_range_and_in_order(service: str) -> None:
    model = SETTINGS[service].model
    defaults = defaults_of(model)
    assert model.model_validate(defaults.model_dump(mode="json")) == defaults


@pytest.mark.parametrize("service", SETTINGS)
def test_every_setting_has_a_range_and_an_effect(service: str) -> None:
    model = SETTINGS[service].model
    for name, field in model.model_fields.items():
        assert field.description and field.description.endswith("."), name
        assert name in ("cohort", "quotas") or None not in range_of(model, name), name
    assert all(flag.effect.endswith(".") for flag in SETTINGS[service].flags.values())


def test_an_override_is_in_force_after_a_refresh(settings: InForce[SampleSettings]) -> None:
    refresh(settings, table_with({"most": 7, "period": "PT5M"}), NOW)
    assert settings() == SampleSettings(most=7, period=5 * MINUTE)


def test_a_changed_override_is_in_force_within_60_seconds_and_not_before(settings: InForce[SampleSettings]) -> None:
    table = table_with({"most": 7})
    refresh(settings, table, NOW)
    table.put({**KEY.attributes(), "values": {"most": 8}, "rules": "{}", "version": 2}, when=None)
    refresh(settings, table, NOW + timedelta(seconds=59.999))
    assert settings().most == 7
    refresh(settings, table, NOW + MINUTE)
    assert settings().most == 8


def test_another_table_is_read_at_once(settings: InForce[SampleSettings]) -> None:
    refresh(settings, table_with({"most": 7}), NOW)
    refresh(settings, MemoryTable(), NOW)
    assert settings().most == 5


def test_a_clock_that_goes_back_does_not_keep_settings_for_longer(settings: InForce[SampleSettings]) -> None:
    table = table_with({"most": 7})
    refresh(settings, table, NOW)
    table.put({**KEY.attributes(), "values": {"most": 8}, "rules": "{}", "version": 2}, when=None)
    refresh(settings, table, NOW - timedelta(hours=1))
    assert settings().most == 8


class ThrottledTable(MemoryTable):
    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None:
        raise Throttled


def test_the_last_known_settings_stay_in_force_while_the_table_cannot_be_read(settings: InForce[SampleSettings]) -> None:
    refresh(settings, table_with({"most": 7}), NOW)
    refresh(settings, ThrottledTable(), NOW + 5 * MINUTE)
    assert settings().most == 7


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"most": 11, "least": 2}, SampleSettings(least=2), id="out of range"),
        pytest.param({"dropped": 3, "most": 7}, SampleSettings(most=7), id="unknown"),
        pytest.param({"most": "7", "least": 2}, SampleSettings(least=2), id="another type"),
        pytest.param({"most": True, "least": 2}, SampleSettings(least=2), id="a boolean is no number"),
        pytest.param({"period": "soon", "least": 2}, SampleSettings(least=2), id="not a duration"),
        pytest.param({"least": 6, "period": "PT2M"}, SampleSettings(period=2 * MINUTE), id="not in order"),
    ],
)
def test_an_invalid_override_is_ignored_and_the_others_are_in_force(
    settings: InForce[SampleSettings], values: dict[str, Any], expected: SampleSettings
) -> None:
    refresh(settings, table_with(values), NOW)
    assert settings() == expected


@pytest.mark.parametrize(
    ("damage", "most"),
    [
        ({"values": [1]}, 5),
        ({"values": None}, 5),
        ({"values": "soon"}, 5),
        ({"rules": "{"}, 7),
        ({"rules": "[]"}, 7),
        ({"rules": "1"}, 7),
        ({"rules": "[" * 5000}, 7),
        ({"rules": None}, 7),
    ],
    ids=str,
)
def test_a_damaged_item_fails_no_request(settings: InForce[SampleSettings], damage: dict[str, Any], most: int) -> None:
    table = table_with({"most": 7})
    table.put({**KEY.attributes(), "values": {"most": 7}, "rules": "{}", "version": 2, **damage}, when=None)
    refresh(settings, table, NOW)
    assert (settings().most, settings.is_on("trial", circle_id="cir_1")) == (most, False)


def test_an_override_of_a_test_ends_with_its_block_also_after_an_error(settings: InForce[SampleSettings]) -> None:
    with pytest.raises(RuntimeError), overridden(settings, most=9):
        refresh(settings, table_with({"most": 7}), NOW)
        assert settings().most == 9
        raise RuntimeError
    assert settings().most == 7
    with pytest.raises(ValidationError), overridden(settings, most=11):
        pass
    assert settings().most == 7


OFF_FOR_ONE = '{"trial": {"default": true, "rules": {"off": {"when_match": false, "conditions": [%s]}}}}'
CONDITION = '{"action": "EQUALS", "key": "circle_id", "value": "cir_1"}'


def test_a_flag_without_rules_has_its_default(settings: InForce[SampleSettings]) -> None:
    refresh(settings, MemoryTable(), NOW)
    assert settings.is_on("trial", circle_id="cir_1") is False


def test_the_rules_of_a_flag_decide_by_its_context(settings: InForce[SampleSettings]) -> None:
    refresh(settings, table_with({}, OFF_FOR_ONE % CONDITION), NOW)
    assert settings.is_on("trial", circle_id="cir_1") is False
    assert settings.is_on("trial", circle_id="cir_2") is True


@pytest.mark.parametrize("rules", ['{"trial": {}}', '{"trial": 1}', '{"other": {"default": true}}', OFF_FOR_ONE % "{}"])
def test_invalid_rules_are_ignored(settings: InForce[SampleSettings], rules: str) -> None:
    refresh(settings, table_with({}, rules), NOW)
    assert settings.is_on("trial", circle_id="cir_1") is False


@pytest.mark.parametrize("rules", [None, 1, [], {}, {"default": "on"}, {"default": True, "rules": [1]}, {"default": 1}])
def test_rules_must_have_the_schema_of_powertools(settings: InForce[SampleSettings], rules: Any) -> None:
    assert not is_valid(settings.flags["trial"], rules)


def test_the_context_that_rules_test_is_found() -> None:
    rules = {"default": True, "rules": {"off": {"conditions": [{"key": "circle_id"}, {"key": "user_id"}]}}}
    assert list(keys_of(rules)) == ["circle_id", "user_id"]
