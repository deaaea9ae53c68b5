"""The JSON Schemas: what an editor offers and marks is what pushspec takes and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema.validators import validator_for
from pydantic import BaseModel, TypeAdapter

from pushspec.audience.pinned.pin import pin_schema
from pushspec.notify.event import event_schema
from pushspec.spec.campaign import Campaign
from pushspec.spec.document import read_document
from pushspec.spec.project import Project
from pushspec.spec.schema import (
    NAMES,
    audience_schema,
    campaign_schema,
    people_schema,
    project_schema,
    schema_text,
)
from pushspec.spec.validation import known_keys, validate
from pushspec.tencent.messages import Element
from pushspec.tencent.offline_push import Notification
from pushspec.tencent.web_push import Web
from pushspec.views.plan_json import plan_schema
from pushspec.views.report_json import report_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

MAKERS = {
    "campaign": campaign_schema,
    "project": project_schema,
    "audience": audience_schema,
    "people": people_schema,
    "plan": plan_schema,
    "report": report_schema,
    "pin": pin_schema,
    "event": event_schema,
}

CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: spring-sale
version: 2
owner: growth
labels: {team: growth}
endpoint: timpush/push
from: administrator
audience: {tags: {any: [股票A, 股票B]}}
schedule: {not_before: "2026-12-01T10:00:00+08:00", not_after: "2026-12-01T12:00:00+08:00"}
vars: {discount: 20}
notification:
  title: "{{ brand }}: {{ discount }}% off"
  ext: {page: /sale}
  languages: {zh-hant: {title: 春季}}
  badge: {add: 1}
  android: {huawei: {importance: "{{ importance }}"}, oppo: {category: MARKETING, notify_level: 2}}
  apns: {interruption_level: active, badge_mode: 1}
message: [{text: hi}, {custom: {data: {a: 1}}}]
delivery: {history: true, lifetime: 7d, unread: false}
variants: [{name: a, audience: {accounts: [bonnie]}, vars: {x: 1}}]
recall: {title: Sorry}
exceptions: [{policy: quiet-hours, reason: flight change notice}]
"""

PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: sandbox
vars: {brand: ACME}
environments:
  sandbox: {sandbox: true}
  prod:
    sdk_app_id: 1400123456
    region: singapore
    secret_key: {env: TIM_SECRET_KEY}
    edition: standard
    limits: {push_calls_per_day: 120}
    quota_day_starts: "00:00+08:00"
    population: 1200000
policy:
  require: [owner, not_after]
  quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}
frozen: null
"""


def _complaints(name: str, text: str) -> list[str]:
    schema = json.loads(schema_text(name))
    document, problems = read_document(text.encode(), "it.yaml")
    assert document is not None
    assert not problems
    checker = validator_for(schema)(schema)
    return [error.message for error in checker.iter_errors(document.value)]


def _refused(model: type[BaseModel], text: str) -> bool:
    document, _ = read_document(text.encode(), "it.yaml")
    assert document is not None
    return bool(validate(TypeAdapter(model), document.value, document)[1])


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_schema_is_the_one_the_models_make(name: str) -> None:
    """An editor must not lag behind the tool; `make schemas` writes them anew."""
    assert json.loads(schema_text(name)) == MAKERS[name]()


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_itself_valid(name: str) -> None:
    """A schema with a mistake makes editors fall silent."""
    schema = json.loads(schema_text(name))

    validator_for(schema).check_schema(schema)


@pytest.mark.parametrize(
    ("name", "model", "text"), [("campaign", Campaign, CAMPAIGN), ("project", Project, PROJECT)]
)
def test_a_file_that_pushspec_takes_has_no_mark_in_an_editor(
    name: str, model: type[BaseModel], text: str
) -> None:
    """A red line under what is right teaches people to ignore red lines."""
    assert not _refused(model, text)
    assert _complaints(name, text) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("campaign", "version: 2", "version: two"),
        ("campaign", "version: 2", "version: 0"),
        ("campaign", "owner: growth", "ownr: growth"),
        ("campaign", "owner: growth", "owner:"),
        ("campaign", "endpoint: timpush/push", "endpoint: timpush/pusch"),
        ("campaign", "{tags: {any: [股票A, 股票B]}}", "{}"),
        ("campaign", "{tags: {any: [股票A, 股票B]}}", "{everyone: false}"),
        ("campaign", "{tags: {any: [股票A, 股票B]}}", "{everyone: true, accounts: [a]}"),
        ("campaign", "lifetime: 7d", "lifetime: soon"),
        ("campaign", "{policy: quiet-hours, reason: flight change notice}", "{policy: quiet-hours}"),
        ("project", "region: singapore", "region: mumbai"),
        ("project", "secret_key: {env: TIM_SECRET_KEY}", "secret_key: 123abc"),
        ("project", "push_calls_per_day: 120", "pushes: 120"),
        ("project", "frozen: null", "default_environment2: null"),
    ],
)
def test_a_mistake_is_marked_while_it_is_typed(name: str, right: str, wrong: str) -> None:
    """What `validate` would refuse for its shape is seen in the editor already."""
    text = {"campaign": CAMPAIGN, "project": PROJECT}[name]
    model: type[BaseModel] = Campaign if name == "campaign" else Project
    assert right in text

    assert _refused(model, text.replace(right, wrong))
    assert _complaints(name, text.replace(right, wrong))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("badge: {add: 1}", "badge: {add: 1, set: 2}"),
        ("notify_level: 2", "notify_level: 3"),
        ("interruption_level: active", "interruption_level: loud"),
        ("{text: hi}", "{text: hi, face: {index: 1}}"),
        ("huawei: {importance", "huawei: {channel: x, importance"),
    ],
)
def test_content_is_marked_too(right: str, wrong: str) -> None:
    """The content is read after rendering only, but its keys and choices are known before."""
    assert right in CAMPAIGN

    assert _complaints("campaign", CAMPAIGN.replace(right, wrong))


def _offers(schema: dict[str, Any], path: str) -> set[str]:
    """Return the keys that an editor offers at a place, as a language server finds them."""
    node = schema
    for step in path.split(".") if path else ():
        node = _resolved(schema, node)
        node = node["items"] if step == "[]" else node["properties"][step]
    return set(_resolved(schema, node)["properties"])


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node or "anyOf" in node:
        if "anyOf" in node:  # a text, or a mapping of these keys
            node = next(choice for choice in node["anyOf"] if "$ref" in choice)
        node = schema["definitions"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _models(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, set[str]]]:
    yield path, {field.alias or name for name, field in model.model_fields.items()}
    for name, field in model.model_fields.items():
        for inner, suffix in _inner(field.annotation):
            yield from _models(inner, ".".join(filter(None, (path, field.alias or name, suffix))))


def _inner(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
        return
    origin = getattr(annotation, "__origin__", None)
    for part in getattr(annotation, "__args__", ()):
        for model, suffix in _inner(part):
            if origin is not dict:  # a mapping's keys are the author's own
                yield model, ".".join(filter(None, ("[]" if origin is tuple else "", suffix)))


@pytest.mark.parametrize(
    ("name", "start", "model"),
    [
        ("campaign", "", Campaign),
        ("campaign", "notification", Notification),
        ("campaign", "variants.[].notification", Notification),
        ("campaign", "message.[]", Element),
        ("campaign", "web", Web),
        ("campaign", "variants.[].web", Web),
        ("project", "", Project),
    ],
)
def test_an_editor_offers_every_key_and_no_other(name: str, start: str, model: type[BaseModel]) -> None:
    """Completion is how people find `android.oppo.notify_level`; a missing key would stay unknown."""
    schema = json.loads(schema_text(name))

    for path, keys in _models(model, start):
        assert _offers(schema, path) == keys, path


def test_an_editor_offers_what_a_did_you_mean_would_name() -> None:
    """The two helps speak of the same keys."""
    schema = json.loads(schema_text("campaign"))

    assert _offers(schema, "delivery") == set(known_keys(TypeAdapter(Campaign), ("delivery",)))


def test_values_of_a_fixed_set_are_offered() -> None:
    """An endpoint's name is nothing to remember."""
    schema = json.loads(schema_text("campaign"))
    endpoint = _resolved(schema, schema["properties"]["endpoint"])

    assert endpoint["enum"] == [
        "timpush/push",
        "all_member_push/im_push",
        "timpush/batch",
        "openim/batchsendmsg",
        "timpush/webpush",
        "timpush/webbatch",
    ]
