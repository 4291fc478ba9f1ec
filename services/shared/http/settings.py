"""The operators' routes to the settings and flags of a service. Each service adds them to its API."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field, create_model

from services.shared.http.api import Api
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.errors import OperatorRequired, ValueInvalid
from services.shared.kernel.ids import new_id
from services.shared.kernel.moments import Moment
from services.shared.kernel.requests import ChangeRequest
from services.shared.kernel.settings import Flag, InForce, defaults_of, range_of, with_overrides
from services.shared.kernel.text import Text
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller
from services.shared.table.port import Table
from services.shared.table.settings import Overrides, SettingsPorts, list_changes, load_overrides, replace_overrides

MAX_RULES_BYTES = 1500  # so that the item stays within one read unit


class SettingsRequest(RequestModel):
    """All overrides from now on; what is not listed has its default. `values` has the type of the service's settings."""

    values: Any
    flags: dict[str, Any] = Field(default_factory=dict)
    reason: Annotated[str, Text(500)]


class SettingResponse(ResponseModel):
    """A setting with the value in force, its default and its range. A period is an ISO 8601 duration."""

    name: str
    value: Any
    default: Any
    minimum: Any
    maximum: Any
    effect: str


class FlagResponse(ResponseModel):
    """A flag. `rules` have the schema of Powertools feature flags; null if the default is in force."""

    name: str
    default: bool
    effect: str
    context: list[str]
    rules: dict[str, Any] | None


class SettingsChangeResponse(ResponseModel):
    """A change by an operator, with the value before and after of each setting or flag."""

    at: Moment
    actor: str
    reason: str
    changes: dict[str, list[Any]]


class SettingsResponse(ResponseModel):
    """The settings and flags of a service, and their last 20 changes, newest first."""

    service: str
    etag: str
    settings: list[SettingResponse]
    flags: list[FlagResponse]
    changes: list[SettingsChangeResponse]


def add_settings_routes(api: Api, settings: InForce[Any]) -> None:
    """Add `GET` and `PUT /settings/<service>` to the API of a service."""

    def ports() -> SettingsPorts:
        http_ports = api.http_ports()
        return SettingsPorts(http_ports.table, http_ports.clock, new_id)

    def get_settings(caller: Caller) -> SettingsResponse:
        """List the settings and flags of this service, as an operator."""
        caller.require_operator()
        return _response(api.service, settings, ports().table, load_overrides(ports()).entity)

    def update_settings(caller: Caller, request: ChangeRequest, body: SettingsRequest) -> SettingsResponse:
        """Replace the overrides of settings and the rules of flags, as an operator. They are in force within a minute."""
        caller.require_operator()
        values = body.values.model_dump(mode="json", include=body.values.model_fields_set)
        by = {"actor": caller.user_id, "reason": body.reason}
        overrides = replace_overrides(ports(), settings, values, body.flags, **by, request=request)
        return _response(api.service, settings, ports().table, overrides)

    update_settings.__annotations__["body"] = _request_model(api.service, settings)
    for view in (get_settings, update_settings):  # an operation id must be unique among all services
        view.__name__ = view.__name__.replace("settings", f"{api.service}_settings")
    path, raises = f"/settings/{api.service}", (OperatorRequired,)
    api.get(path, raises=raises)(get_settings)
    api.put(path, kind=ActionKind.STAFF, raises=raises)(update_settings)


def _request_model(service: str, settings: InForce[Any]) -> type[SettingsRequest]:
    """Return the request model of one service: unknown names and values out of range are errors of the request."""

    def require_valid_rules(rules: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(rules)) > MAX_RULES_BYTES:
            raise ValueInvalid("json-too-long", max_bytes=MAX_RULES_BYTES)
        for name, value in rules.items():
            if name not in settings.flags:
                raise ValueInvalid("unknown-flag", flag=name)
            _require_valid(settings.flags[name], value)
        return rules

    flags = Annotated[dict[str, Any], Field(default_factory=dict), AfterValidator(require_valid_rules)]
    name = f"{service.capitalize()}SettingsRequest"
    return create_model(name, __base__=SettingsRequest, __doc__=SettingsRequest.__doc__, values=settings.model, flags=flags)


def _require_valid(flag: Flag, rules: Any) -> None:
    from services.shared.kernel.flags import is_valid, keys_of

    if not is_valid(flag, rules):
        raise ValueInvalid("flag-rules-invalid", flag=flag.name)
    if unknown := sorted(set(keys_of(rules)) - set(flag.context)):
        raise ValueInvalid("flag-context-unknown", flag=flag.name, key=unknown[0])


def _response(service: str, settings: InForce[Any], table: Table, overrides: Overrides) -> SettingsResponse:
    values, defaults = with_overrides(settings.model, overrides.values), defaults_of(settings.model)
    return SettingsResponse(
        service=service,
        etag=str(overrides.version),
        settings=[
            _setting_response(settings, name, getattr(values, name), getattr(defaults, name))
            for name in type(values).model_fields
        ],
        flags=[
            FlagResponse(
                name=flag.name,
                default=flag.default,
                effect=flag.effect,
                context=list(flag.context),
                rules=overrides.rules.get(flag.name),
            )
            for flag in settings.flags.values()
        ],
        changes=[SettingsChangeResponse.model_validate(change, from_attributes=True) for change in list_changes(table)],
    )


def _setting_response(settings: InForce[Any], name: str, value: Any, default: Any) -> SettingResponse:
    low, high = range_of(settings.model, name)
    effect = settings.model.model_fields[name].description or ""
    return SettingResponse(name=name, value=value, default=default, minimum=low, maximum=high, effect=effect)
