"""The reference of the files that people write names every key, and nothing that is none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from workbench import PROJECT

import pushspec
from pushspec.spec.campaign import Campaign
from pushspec.spec.project import Project as ProjectModel
from pushspec.spec.validation import is_mapping, model_in
from pushspec.tencent.delivery import Delivery, endpoints_for
from pushspec.tencent.messages import Element
from pushspec.tencent.offline_push import Notification
from pushspec.tencent.web_push import Web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

DOCS = Path(pushspec.__file__).parent.parent / "docs"


def _keys(model: Any, prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        yield key
        inner = model_in(field.annotation)
        if inner is not None and key != "variants[].audience":  # the same keys as the campaign's own
            inside = (
                ".*" if is_mapping(field.annotation) else "[]" if "tuple" in str(field.annotation) else ""
            )
            yield from _keys(inner, f"{key}{inside}.")


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _rows(page: str) -> dict[str, str]:
    """Return the row of each key in the tables of a page."""
    rows = re.findall(r"^\| `([^`]+)` \|(.*)$", page.replace("\n## Endpoints", "\n"), re.MULTILINE)
    return {key: row for key, row in rows if "/" not in key}


def test_the_campaign_page_names_every_key() -> None:
    """A key that is not documented does not exist for its users."""
    content = {*_keys(Notification, "notification."), *_keys(Element, "message[]."), *_keys(Web, "web.")}

    assert set(_rows(_page("campaigns.md"))) == {*_keys(Campaign), *content}


def test_the_project_page_names_every_key() -> None:
    """A key that is not documented does not exist for its users."""
    assert set(_rows(_page("project-file.md"))) == set(_keys(ProjectModel))


def _wire_names(model: Any, prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        key, inner = f"{prefix}{name}", model_in(field.annotation)
        if field.serialization_alias:
            yield key, field.serialization_alias
        if inner is not None:
            inside = (
                ".*" if is_mapping(field.annotation) else "[]" if "tuple" in str(field.annotation) else ""
            )
            yield from _wire_names(inner, f"{key}{inside}.")


@pytest.mark.parametrize(
    ("model", "prefix"),
    [(Notification, "notification."), (Element, "message[]."), (Web, "web.")],
    ids=["push", "message", "web"],
)
def test_the_campaign_page_names_the_field_of_the_service(model: Any, prefix: str) -> None:
    """Who knows the vendor's page finds the key by the field."""
    rows = _rows(_page("campaigns.md"))

    wrong = [key for key, field in _wire_names(model, prefix) if f"`{field}`" not in rows[key]]

    assert wrong == []


@pytest.mark.parametrize("key", Delivery.model_fields)
def test_the_campaign_page_says_which_endpoints_carry_a_delivery_key(key: str) -> None:
    """The rest of ``delivery`` would be an error."""
    row = _rows(_page("campaigns.md"))[f"delivery.{key}"]

    named = set(re.findall(r"`([a-z_]+/[a-z_]+)`", row))

    assert named == {name.value for name in endpoints_for(key)}


def test_the_examples_of_the_pages_can_be_planned(project: Project) -> None:
    """People begin by copying them."""
    (project_text,) = re.findall(r"```yaml\n(.*?)```", _page("project-file.md"), re.DOTALL)
    (campaign_text,) = re.findall(r"```yaml\n(.*?)```", _page("campaigns.md"), re.DOTALL)
    project.write({"pushspec.yaml": project_text, "campaigns/only.yaml": campaign_text})

    project.run("validate").assert_ok()

    project.write({"pushspec.yaml": PROJECT + "vars: {brand: ACME}\n"})
    body = project.body(campaign_text)
    assert body["OfflinePushInfo"]["Title"] == "ACME: 20% off"
