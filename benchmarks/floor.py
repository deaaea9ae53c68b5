"""The floor: read, parse, validate, render, hash and dump the same campaigns, with the same libraries.

It has no places for problems, no rules, no lockfile, no limits, no sandbox for templates and no text for
people. A program that plans such files with these libraries in the ordinary way does at least this.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from pathlib import Path
from typing import Any, Literal

import jinja2
import yaml
from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Tags(Model):
    any: list[str]


class Audience(Model):
    tags: Tags


class Schedule(Model):
    not_before: datetime
    not_after: datetime


class Text(Model):
    title: str
    desc: str


class Badge(Model):
    add: int


class Oppo(Model):
    channel_id: str
    category: str
    notify_level: Literal[1, 2, 16]


class Huawei(Model):
    importance: Literal["LOW", "NORMAL"]
    category: str


class Xiaomi(Model):
    channel_id: str


class Android(Model):
    sound: str
    style: Literal[0, 1]
    oppo: Oppo
    huawei: Huawei
    xiaomi: Xiaomi


class Apns(Model):
    sound: str
    sub_title: str
    interruption_level: Literal["active", "critical", "passive", "time-sensitive"]


class Notification(Model):
    title: str
    desc: str
    ext: dict[str, Any]
    languages: dict[str, Text]
    badge: Badge
    android: Android
    apns: Apns


class Campaign(Model):
    apiVersion: Literal["pushspec/v1"]  # noqa: N815 - the file's own spelling
    kind: Literal["Campaign"]
    name: str
    version: int
    description: str
    owner: str
    labels: dict[str, str]
    endpoint: Literal["timpush/push"]
    from_: str
    audience: Audience
    schedule: Schedule
    vars: dict[str, Any]
    notification: Notification


def render(value: Any, environment: jinja2.Environment, variables: dict[str, Any]) -> Any:  # noqa: ANN401 - YAML
    """Return ``value`` with its templates rendered; plain texts are left alone, as pushspec does."""
    if isinstance(value, str):
        return environment.from_string(value).render(variables) if "{{" in value else value
    if isinstance(value, dict):
        return {key: render(item, environment, variables) for key, item in value.items()}
    return value


def plan(folder: Path) -> dict[str, Any]:
    """Return every campaign with its body and digest, and one digest over all."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    project = yaml.load((folder / "pushspec.yaml").read_bytes(), yaml.CSafeLoader)
    planned: dict[str, dict[str, Any]] = {}
    for path in sorted((folder / "campaigns").iterdir()):
        data = yaml.load(path.read_bytes(), yaml.CSafeLoader)
        data["from_"] = data.pop("from")
        campaign = {"name": data["name"], "version": data["version"]}
        variables = {**project["vars"], **data["vars"], "campaign": campaign}
        data["notification"] = render(data["notification"], environment, variables)
        body = Campaign.model_validate(data).model_dump(mode="json")
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        planned[data["name"]] = {"body": body, "digest": hashlib.sha256(text.encode()).hexdigest()}
    whole = "".join(campaign["digest"] for campaign in planned.values())
    return {"campaigns": planned, "digest": hashlib.sha256(whole.encode()).hexdigest()}


def main() -> None:
    """Write the plan of the project in the folder that is named first."""
    json.dump(plan(Path(sys.argv[1])), sys.stdout, ensure_ascii=False, indent=2)


if __name__ == "__main__":
    main()
