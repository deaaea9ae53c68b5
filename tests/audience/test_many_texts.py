"""A campaign with a text for every few people: its lockfile holds some of them and a hash over all."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workbench import Project

CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: admin
notification: {title: 'Hi {{ user.lang }}', desc: There}
audience: {file: people.csv, column: id, personalize: [lang]}
"""
LATE = CAMPAIGN.replace("There", "\"{{ 'Where' if user.lang == 'l029' else 'There' }}\"")
"""Only the last of thirty texts differs."""
LOCK = "pushspec.sandbox.lock"


def people(texts: int) -> str:
    return "id,lang\n" + "".join(f"guest{number:03d},l{number % texts:03d}\n" for number in range(1, 101))


@pytest.fixture
def many(project: Project) -> Project:
    """A campaign with thirty texts."""
    settings = project.text + "policy: {max_refused: 100%}\n"
    return project.write(
        {"pushspec.yaml": settings, "people.csv": people(30), "campaigns/sale.yaml": CAMPAIGN}
    )


def apply(project: Project, *arguments: str) -> int:
    return project.run("apply", "--confirm", project.plan_json()["digest"], *arguments).code


def begin_of(project: Project) -> dict[str, Any]:
    records: list[dict[str, Any]] = [
        json.loads(line) for line in (project.root / LOCK).read_text().splitlines()
    ]
    (begin,) = (record for record in records if record["record"] == "begin")
    return begin


@pytest.mark.parametrize(
    ("texts", "kept", "told"), [(30, 20, 30), (60, 20, 60), (21, 20, 21), (20, 20, None), (1, 1, None)]
)
def test_the_begin_does_not_grow_with_the_number_of_texts(
    many: Project, texts: int, kept: int, told: int | None
) -> None:
    """A thousand texts would be megabytes of personal content in git, for ever."""
    many.write({"people.csv": people(texts)})
    apply(many)

    begin = begin_of(many)

    assert len(begin["contents"]) == kept
    assert begin.get("texts") == told
    assert ("contents_sha256" in begin) == (told is not None)
    assert many.plan_json()["campaigns"][0]["state"] == "sent"
    noun = "text" if texts - kept == 1 else "texts"
    more = f"… and {texts - kept} more {noun}, which the lockfile knows by a hash"
    assert (more in many.run("show", "sale").assert_ok().out) == (told is not None)


def test_the_first_text_of_every_variant_is_kept(many: Project) -> None:
    """Whoever looks back sees what each side of a test was told."""
    arms = "variants: [{name: a, share: 50%}, {name: b, share: 50%}]\n"
    many.write({"campaigns/sale.yaml": CAMPAIGN + arms})
    apply(many)

    contents = begin_of(many)["contents"]

    assert len(contents) == 20
    assert {name.partition("~")[0] for name in contents} == {"sale@1/a", "sale@1/b"}


def test_a_version_that_differs_in_a_text_that_is_not_kept_says_so(many: Project) -> None:
    """The twenty that are kept are alike, and somebody gets another text."""
    apply(many)
    many.write({"campaigns/sale.yaml": LATE.replace("version: 1", "version: 2")})

    (campaign,) = many.plan_json()["campaigns"]

    notes = {it["field"]: it["note"] for it in campaign["since"]["changes"]}
    assert notes["contents"] == "some beyond the first 20 differ"


STAGES = "rollout: [{stage: canary, share: 50%}, {stage: rest}]\n"


def with_all_texts(project: Project) -> None:
    """Rewrite the lockfile as pushspecs wrote it that kept every text."""
    (campaign,) = project.plan().campaigns
    crc, lines = 0, []
    for line in (project.root / LOCK).read_text().splitlines():
        record = json.loads(line)
        del record["crc"]
        if record["record"] == "begin":
            assert len(record["contents"]) < record.pop("texts") == len(campaign.sending.contents)
            del record["contents_sha256"]
            record["contents"] = {name: dict(body) for name, body in campaign.sending.contents.items()}
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))[:-1].encode()
        crc = zlib.crc32(text, crc)
        lines.append(text + b',"crc":"%08x"}\n' % crc)
    (project.root / LOCK).write_bytes(b"".join(lines))


@pytest.mark.parametrize("is_old", [False, True])
def test_a_campaign_under_way_is_finished_whatever_its_lockfile_keeps(many: Project, is_old: bool) -> None:
    """Earlier pushspecs wrote every text down, and stopped in the middle."""
    many.write({"campaigns/sale.yaml": CAMPAIGN + STAGES})
    apply(many)
    if is_old:
        with_all_texts(many)

    assert many.plan_json()["campaigns"][0]["state"] == "send"
    apply(many)
    assert many.plan_json()["campaigns"][0]["state"] == "sent"
    assert "texts" not in begin_of(many) if is_old else begin_of(many)["texts"] == 30


def test_a_text_that_is_not_kept_may_not_change_under_way(many: Project) -> None:
    """The second half of the people would read something else."""
    many.write({"campaigns/sale.yaml": CAMPAIGN + STAGES})
    apply(many)
    many.write({"campaigns/sale.yaml": LATE + STAGES})

    (campaign,) = many.plan_json()["campaigns"]

    assert campaign["state"] == "changed"
