"""The API document of a route has every error that the docstring of its use case names."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from types import ModuleType

import pytest

from docs.generate import APIS
from services import SERVICES
from services.shared.http.openapi.operations import errors_of_route
from services.shared.http.routes import Route
from services.shared.kernel import errors as shared_errors
from services.shared.kernel.errors import DomainError

ROUTES = [(service, route) for service in SERVICES for route in APIS[service].declared_routes]


def named_errors(service: str, route: Route) -> set[type[DomainError]]:
    """Return the errors that the use cases of a route name after `Raises:`, without the remarks in parentheses."""
    usecases: ModuleType = import_module(f"services.{service}.usecases")
    found = set[type[DomainError]]()
    for name in re.findall(r"usecases\.(\w+)\(", inspect.getsource(route.view)):
        listed = re.search(r"Raises: (.*?)(?:\n\n|\Z)", inspect.getdoc(getattr(usecases, name)) or "", re.DOTALL)
        for error in re.findall(r"\b[A-Z]\w+", re.sub(r"\([^()]*\)", "", listed[1])) if listed else ():
            if known := find_error(service, error):
                found.add(known)
    return found


def find_error(service: str, name: str) -> type[DomainError] | None:
    """Return an error by its name. A word that is none has one capital letter."""
    errors: ModuleType = import_module(f"services.{service}.errors")
    found: type[DomainError] | None = getattr(errors, name, None) or getattr(shared_errors, name, None)
    assert found or name.istitle(), f"{name} is no error of {service}"
    return found


@pytest.mark.parametrize(("service", "route"), ROUTES, ids=[route.name for _, route in ROUTES])
def test_a_route_declares_the_errors_of_its_use_case(service: str, route: Route) -> None:
    declared = {error.code for error in errors_of_route(route)}
    assert {error.__name__ for error in named_errors(service, route) if error.code not in declared} == set()


def test_the_docstrings_name_errors() -> None:
    assert sum(bool(named_errors(service, route)) for service, route in ROUTES) > 200
