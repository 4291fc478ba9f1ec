"""Every field, parameter and header of the OpenAPI documents has a description and a valid example."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from docs.generate import APIS
from docs.openapi import join
from services import SERVICES
from services.shared.http.catalogue import ERRORS
from services.shared.http.glossary import chat, circles, commerce, review, shared
from services.shared.http.openapi.examples import example_of, is_composed
from services.shared.http.openapi.models import describe, meanings_of
from services.shared.http.openapi.tags import TAGS, tag_of
from services.shared.http.problems import PROBLEM_TYPE
from tests.support.json_schemas import errors_of

API = Path(__file__).parents[2] / "docs" / "api"
NAMES = (*SERVICES, "openapi")


@cache
def document(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((API / f"{name}.json").read_text(encoding="utf-8"))
    return parsed


JOINED = document("openapi")
COMPONENTS: dict[str, Any] = JOINED["components"]
OPERATIONS = {spec["operationId"]: spec for item in JOINED["paths"].values() for spec in item.values()}


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    for model, schema in COMPONENTS["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            yield f"{model}.{name}", field


def parameters() -> Iterator[tuple[str, dict[str, Any]]]:
    """Parameters and headers, which have one example beside their schema."""
    yield from COMPONENTS["parameters"].items()
    yield from COMPONENTS["headers"].items()
    for name, spec in OPERATIONS.items():
        yield from ((f"{name}?{parameter['name']}", parameter) for parameter in spec["parameters"] if "$ref" not in parameter)


FIELDS, PARAMETERS = dict(fields()), dict(parameters())


def test_no_field_parameter_or_header_lacks_a_description() -> None:
    assert [place for place, field in (FIELDS | PARAMETERS).items() if not field.get("description", "").strip()] == []
    assert len(FIELDS) > 500


def test_no_schema_operation_or_tag_lacks_a_description() -> None:
    models = [
        name for name, schema in COMPONENTS["schemas"].items() if "properties" in schema and not schema.get("description")
    ]
    assert models == []
    assert [name for name, spec in OPERATIONS.items() if not spec["description"] or not spec["summary"]] == []
    assert {tag["name"] for tag in JOINED["tags"]} == set(TAGS)


@pytest.mark.parametrize("place", FIELDS)
def test_each_field_has_an_example_and_each_example_is_valid(place: str) -> None:
    field = FIELDS[place]
    if is_composed(field, COMPONENTS["schemas"]):  # its example follows from the fields of its model
        return
    assert field.get("examples", [None]) != [None], "give the field examples, or an entry in services/shared/http/glossary"
    for example in field["examples"]:
        assert errors_of(field, COMPONENTS, example) == []


@pytest.mark.parametrize("place", PARAMETERS)
def test_each_parameter_and_header_has_a_valid_example(place: str) -> None:
    parameter = PARAMETERS[place]
    assert errors_of(parameter["schema"], COMPONENTS, parameter["example"]) == []


@pytest.mark.parametrize("model", [name for name, schema in COMPONENTS["schemas"].items() if "properties" in schema])
def test_the_example_that_follows_for_a_model_is_valid(model: str) -> None:
    schema = COMPONENTS["schemas"][model]
    assert errors_of(schema, COMPONENTS, example_of(schema, COMPONENTS["schemas"])) == []


BODIES = {
    route.name: (route.documented_body, OPERATIONS[route.name]["requestBody"]["content"]["application/json"]["example"])
    for api in APIS.values()
    for route in api.declared_routes
    if route.documented_body
}


@pytest.mark.parametrize("name", BODIES)
def test_the_service_accepts_the_example_of_each_body(name: str) -> None:
    model, example = BODIES[name]
    model.model_validate_json(json.dumps(example), strict=True)


def test_each_entry_of_the_glossary_is_used() -> None:
    """By a field, a parameter or an event."""
    schemas = [*COMPONENTS["schemas"].values(), *document("asyncapi")["components"]["schemas"].values()]
    described = {field.get("description") for schema in schemas for field in schema.get("properties", {}).values()}
    described |= {parameter["description"] for parameter in PARAMETERS.values()}
    for file in (shared, circles, chat, commerce, review):
        assert [key for key, (description, *_) in file.FIELDS.items() if description not in described] == []


def test_operation_ids_are_unique_among_all_services() -> None:
    ids = Counter(
        spec["operationId"] for name in SERVICES for item in document(name)["paths"].values() for spec in item.values()
    )
    assert [name for name, count in ids.items() if count > 1] == []


def test_the_joined_document_has_every_operation_and_type_of_problem() -> None:
    assert len(OPERATIONS) == sum(len(api.declared_routes) for api in APIS.values())
    assert COMPONENTS["schemas"]["ProblemType"]["enum"] == [PROBLEM_TYPE + code for code in sorted(ERRORS)]
    assert COMPONENTS["schemas"]["Problem"]["properties"]["type"]["$ref"] == "#/components/schemas/ProblemType"


def test_services_cannot_give_different_things_the_same_name() -> None:
    changed = json.loads(json.dumps(document("chat")))
    changed["components"]["schemas"]["NoteResponse"] = {"type": "object"}
    with pytest.raises(ValueError, match="NoteResponse"):
        join({"circles": document("circles"), "chat": changed})


def test_a_cold_start_loads_no_texts_of_documents() -> None:
    script = (
        "import sys, services.circles.app; print([name for name in sys.modules if 'glossary' in name or 'openapi' in name])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=API.parents[1])
    assert done.stdout.strip() == "[]"


def test_a_path_without_a_known_noun_needs_a_tag() -> None:
    assert tag_of("/circles/{circle_id}/notes/{note_id}/like") == "notes"
    with pytest.raises(LookupError, match="add a noun of the path"):
        tag_of("/unknown")


Described = Annotated[str, Field(description="Of the type.", examples=["typed"])]


class Fields(BaseModel):
    """Fields with descriptions of each kind.

    size, width: pixels
    of the picture. height: also pixels.
    """

    own: Annotated[str, Field(description="Its own.", examples=["own"])]
    of_type: Described
    optional: Described | None
    size: int
    width: int
    height: int
    circle_id: str


def test_a_field_is_described_by_itself_its_type_the_docstring_or_the_glossary() -> None:
    schema = describe(Fields.model_json_schema(), Fields, {})
    described = {name: (field["description"], field["examples"][0]) for name, field in schema["properties"].items()}
    assert described == {
        "own": ("Its own.", "own"),
        "of_type": ("Of the type.", "typed"),
        "optional": ("Of the type.", "typed"),
        "size": ("Pixels of the picture.", None),
        "width": ("Pixels of the picture.", None),
        "height": ("Also pixels.", None),
        "circle_id": shared.FIELDS["circle_id"],
    }
    assert meanings_of(Fields)[0] == "Fields with descriptions of each kind."
