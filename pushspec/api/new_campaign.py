"""Write a campaign file whose name and audience are said, and whose texts are still to be written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pushspec.api.names import campaign_names, check_campaign_name
from pushspec.api.project import find_root
from pushspec.errors import UsageError
from pushspec.files import write_file
from pushspec.language import phrase
from pushspec.paths import check_no_link
from pushspec.spec.project import CAMPAIGNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pushspec.serialization import Json

_TO_ACCOUNTS = {"accounts", "file"}
_TEXT = """\
# yaml-language-server: $schema=../.pushspec/campaign.schema.json
apiVersion: pushspec/v1
kind: Campaign
name: {name}
version: 1
description: {description}
owner: {owner}
endpoint: {endpoint}
audience: {audience}
notification:
  title: {title}
  desc: {desc}
"""


def write_campaign(
    folder: Path,
    name: str,
    audience: Mapping[str, Json],
    *,
    owner: str,
    title: str = "TODO: title",
    desc: str = "TODO: text",
) -> str:
    """Write ``campaigns/NAME.yaml`` and return its path in the project.

    The default texts are blocked by the policy ``placeholder-text`` until somebody writes others.

    Args:
        folder: The project folder, or one below it.
        name: The campaign's name.
        audience: Who gets it, as the file says it.
        owner: Whose campaign it is.
        title: The notification's title.
        desc: The notification's text.

    Raises:
        UsageError: No campaign can have the name, or one has it.
        PathRefusedError: Its folder is a link.
    """
    root = find_root(folder)
    path = f"{CAMPAIGNS}/{name}.yaml"
    check_campaign_name(name)
    taken = campaign_names(root).get(name) or (path if (root / path).exists() else None)
    if taken is not None:
        raise UsageError(
            phrase("{taken} is there already", taken=taken),
            hint=phrase("raise its version to send it again, or choose another name"),
        )
    endpoint = "timpush/batch" if _TO_ACCOUNTS & audience.keys() else "timpush/push"
    text = _TEXT.format(
        name=name,
        description=_yaml("TODO: what it is for"),
        owner=_yaml(owner),
        endpoint=endpoint if endpoint == "timpush/push" else f"{endpoint}\nfrom: administrator",
        audience=_yaml(audience),
        title=_yaml(title),
        desc=_yaml(desc),
    )
    check_no_link(root, path)
    write_file(root / path, text)
    return path


def _yaml(value: Json | Mapping[str, Json]) -> str:
    """Return a value on one line; a text that YAML could read as anything else is quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    is_plain = isinstance(value, str) and re.fullmatch(r"[a-z][a-z_-]*[a-z](/[a-z0-9_./-]+)?", value)
    return (
        str(value)
        if is_plain and value not in {"true", "false", "null"}
        else json.dumps(value, ensure_ascii=False)
    )
