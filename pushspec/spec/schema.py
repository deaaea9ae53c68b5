"""JSON Schemas of the files people write: made from the models, and shipped as files for editors.

``schema_text`` reads the shipped file, so that printing one loads no model; ``campaign_schema`` and its
siblings make them. A test holds the two together, and ``make schemas`` rewrites the files.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from pushspec.serialization import Json

NAMES: Final = ("campaign", "project", "audience", "people", "plan", "report", "pin", "event")
"""The file formats that have a schema."""

# ResolvedVariant 7, because that is what editors' YAML servers read best.
_DIALECT = "http://json-schema.org/draft-07/schema#"
_REFERENCE = "#/definitions/{model}"
_TEMPLATE = {"type": "string", "pattern": r"\{[{%]", "description": "A template."}


def schema_text(name: str) -> str:
    """Return the shipped schema of a file format as JSON text.

    Raises:
        FileNotFoundError: There is no schema of that name; see :data:`NAMES`.
    """
    file = resources.files("pushspec.spec") / "schemas" / f"{name}.schema.json"
    return file.read_text(encoding="utf-8")


def campaign_schema() -> dict[str, Json]:
    """Return the schema of a campaign file, its content spelled out and open to templates."""
    from pushspec.spec.campaign import Campaign
    from pushspec.spec.recipients import AudienceKind
    from pushspec.tencent.messages import Element
    from pushspec.tencent.offline_push import Notification
    from pushspec.tencent.web_push import Web

    content = _definitions((Notification, Element, Web))
    for definition in content.values():
        for key, field in definition["properties"].items():
            definition["properties"][key] = _or_template(field)
    definitions = content | _definitions((Campaign,))
    for holder in ("Campaign", "Variant"):
        properties = definitions[holder]["properties"]
        properties["notification"] = _reference("Notification")
        properties["message"] |= {"type": ["array", "object"], "minItems": 1, "items": _reference("Element")}
        properties["web"] = _reference("Web")
    for one_of_several in ("Element", "Badge"):
        definitions[one_of_several] |= {"minProperties": 1, "maxProperties": 1}
    definitions["Audience"]["oneOf"] = [{"required": [kind.value]} for kind in AudienceKind]
    return _document("Campaign", "A pushspec campaign", definitions)


def audience_schema() -> dict[str, Json]:
    """Return the schema of an audience file."""
    from pushspec.spec.audience_file import AudienceFile

    definitions = _definitions((AudienceFile,))
    definitions["AudienceFile"]["oneOf"] = [{"required": ["sql"]}, {"required": ["file"]}]
    return _document("AudienceFile", "A pushspec audience", definitions)


def project_schema() -> dict[str, Json]:
    """Return the schema of a project file, with every limit by its name."""
    from pushspec.spec.project import Project

    definitions = _definitions((Project,))
    for name in Project.may_be_empty:
        definitions["Project"]["properties"][name]["type"] = ["string", "null"]
    definitions["Environment"]["properties"]["limits"] = _limits()
    return _document("Project", "A pushspec project", definitions)


def people_schema() -> dict[str, Json]:
    """Return the schema of a people file."""
    from pushspec.spec.people import People

    return _document("People", "Tags and attributes of people", _definitions((People,)))


def _limits() -> dict[str, Json]:
    from pushspec.tencent.limits import LIMIT_NAMES, Limits

    figures = {name: getattr(Limits(), name) for name in LIMIT_NAMES}
    return {
        "type": "object",
        "description": "Other figures than the vendor's, by name.",
        "additionalProperties": False,
        "properties": {
            name: {
                "type": "integer",
                "description": f"{limit.unit}; {limit.value:,} unless the edition says otherwise.",
            }
            for name, limit in figures.items()
        },
    }


def _definitions(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    from pydantic.json_schema import models_json_schema

    _, schema = models_json_schema(
        [(model, "validation") for model in models], ref_template=_REFERENCE, schema_generator=_generator()
    )
    return dict(schema["$defs"])


def _generator() -> type[Any]:
    from pydantic.json_schema import GenerateJsonSchema

    class Generator(GenerateJsonSchema):
        """A key without a value is an error, so nothing may be null; titles would only repeat the keys."""

        def nullable_schema(self, schema: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
            return self.generate_inner(schema["schema"])

        def default_schema(self, schema: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
            made = super().default_schema(schema)
            if made.get("default") in (None, [], {}):
                made.pop("default", None)
            return made

        def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - pydantic's own signature
            del schema
            return False

    return Generator


def _or_template(field: dict[str, Json]) -> dict[str, Json]:
    """Return the schema of a text of fixed choices, so that a template may choose as well."""
    if not any(isinstance(choice, str) for choice in field.get("enum", ())):
        return field
    described = {key: value for key, value in field.items() if key == "description"}
    choices = {key: value for key, value in field.items() if key not in described}
    return {**described, "anyOf": [choices, _TEMPLATE]}


def _reference(model: str) -> dict[str, Json]:
    return {"$ref": _REFERENCE.format(model=model)}


def _document(model: str, title: str, definitions: dict[str, Any]) -> dict[str, Json]:
    for definition in definitions.values():
        definition.pop("title", None)
    root = definitions.pop(model)
    del root["description"]
    return {"$schema": _DIALECT, "title": title, **root, "definitions": dict(sorted(definitions.items()))}
