"""The schemas of request and response models, each field with its description and an example."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from services.shared.http.glossary import entries_of
from services.shared.http.openapi.components import problem_type
from services.shared.http.openapi.examples import example_of, is_composed

SCHEMAS = "#/components/schemas/"
MODES: tuple[Literal["validation"], Literal["serialization"]] = ("validation", "serialization")
# Names that are unique among all services, where the class's own name is not, or says too little outside of its module.
NAMES = {
    ("circles", "RemovalRequest"): "ContentRemovalRequest",
    ("commerce", "RemovalRequest"): "ListingRemovalRequest",
    ("review", "State"): "ApplicationState",
    ("review", "Reason"): "DecisionReason",
    ("review", "RevisionResponse"): "ReportedRevisionResponse",
    ("review", "SanctionRequest"): "PlatformSanctionRequest",
}
TIME = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
PAGE = re.compile(r"PageResponse_(\w+?)(?:Response|Entry)?_$")
FIELD_LINE = re.compile(r"(?:^|(?<=\. ))(\w+(?:, \w+)*): ", re.MULTILINE)


class Generator(GenerateJsonSchema):
    """Without titles: generators of clients name classes by them, and fields of several models have the same."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """Leave out the default null: generators of types take a field with a default for one that is always there."""
        made = super().default_schema(schema)
        return {name: part for name, part in made.items() if (name, part) != ("default", None)}

    def time_schema(self, schema: Any) -> dict[str, Any]:
        """Return a time of day in China time. The format `time` requires an offset."""
        return {"type": "string", "pattern": TIME}


@dataclass(frozen=True, slots=True)
class Schemas:
    """The schemas of one service.

    references: the schema that refers to a model, by model and mode. components: the schema of each model, by its name.
    queries: the schemas of the query parameters, by model and name.
    """

    references: Mapping[Any, dict[str, Any]]
    components: dict[str, Any]
    queries: Mapping[type[BaseModel], dict[str, Any]]

    @classmethod
    def of(cls, service: str, models: Iterable[Any], queries: Iterable[type[BaseModel]]) -> Schemas:
        used = sorted({model for model in models if is_model(model)}, key=str)
        references, components = components_of(service, used)
        patch_problem(components, "Problem")
        described = {}
        for query in queries:
            schema = query.model_json_schema(schema_generator=Generator)
            described[query] = describe(schema, query, components)["properties"]
        return cls(references, dict(sorted(components.items())), described)

    def reference(self, model: Any, mode: Literal["validation", "serialization"]) -> dict[str, Any]:
        return self.references[model, mode]


def components_of(service: str, models: list[type[BaseModel]]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """Return references and schemas of models and of all models in their fields."""
    pairs = [(model, mode) for model in models for mode in MODES]
    named, definitions = models_json_schema(pairs, ref_template=SCHEMAS + "{model}", schema_generator=Generator)
    schemas: dict[str, Any] = definitions["$defs"]
    names = {SCHEMAS + name: SCHEMAS + component_name(service, name) for name in schemas}
    classes = classes_of(service)
    components = {component_name(service, name): _renamed(schema, names) for name, schema in schemas.items()}
    for name in schemas:
        component = components[component_name(service, name)]
        component.pop("title", None)
        if name in classes:
            describe(component, classes[name], components)
    return {pair: _renamed(reference, names) for pair, reference in named.items()}, components


def patch_problem(components: dict[str, Any], name: str) -> None:
    """Make the type of a problem document an enumeration. The class has a text: it need not load the catalogue."""
    components["ProblemType"] = problem_type()
    field = components[name]["properties"]["type"]
    field["$ref"] = f"{SCHEMAS}ProblemType"
    field.pop("type", None)


def component_name(service: str, name: str) -> str:
    if page := PAGE.match(name):
        return f"{page[1]}Page"
    return NAMES.get((service, name), name)


def classes_of(service: str) -> dict[str, type[BaseModel]]:
    """Return all models of a service and of the shared code, by the name of their schema."""
    found: dict[str, type[BaseModel]] = {}
    waiting = list(BaseModel.__subclasses__())
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.__module__.startswith((f"services.{service}.", "services.shared.", "docs.")):
            found[re.sub(r"\W", "_", model.__name__)] = model
    return found


def describe(schema: dict[str, Any], model: type[BaseModel], components: Mapping[str, Any]) -> dict[str, Any]:
    """Add to each field what it lacks of description and example, and return the schema."""
    entries = entries_of(model.__module__)
    text, meanings = meanings_of(model)
    if text:
        schema["description"] = text
    for name, field in schema.get("properties", {}).items():
        of_model = next((entries[key] for cls in model.__mro__ if (key := f"{cls.__name__}.{name}") in entries), None)
        entry = of_model or entries.get(name, ("",))
        inner: dict[str, Any] = next((part for part in field.get("anyOf", ()) if "description" in part), {})
        if not field.get("description"):
            description = inner.pop("description", None) or (entry[0] if of_model else meanings.get(name) or entry[0])
            field["description"] = description
        composed = is_composed(field, components)
        given = field.get("examples") or inner.pop("examples", None) or list((() if composed and not of_model else entry)[1:])
        if given or not composed:
            field["examples"] = given or [example_of(field, components)]
    return schema


def meanings_of(model: type[BaseModel]) -> tuple[str, dict[str, str]]:
    """Return the docstring of a model without its lines `name: meaning`, and these meanings by field."""
    generic = model.__pydantic_generic_metadata__["origin"]
    text = inspect.cleandoc((generic or model).__doc__ or "")
    starts = [match for match in FIELD_LINE.finditer(text) if set(match[1].split(", ")) <= model.model_fields.keys()]
    meanings: dict[str, str] = {}
    for match, end in zip(starts, [*(following.start() for following in starts[1:]), len(text)], strict=False):
        meaning = " ".join(text[match.end() : end].partition("\n\n")[0].split())
        sentence = meaning[:1].upper() + meaning[1:].rstrip(".") + "."
        meanings |= dict.fromkeys(match[1].split(", "), sentence)
    rest = text[: starts[0].start()].strip() if starts else text
    return rest or text, meanings


def is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_renamed(part, names) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: names[part] if key == "$ref" and isinstance(part, str) else _renamed(part, names) for key, part in node.items()
    }
