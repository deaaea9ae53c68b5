"""What names a call for ever, and what a digest depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.plan.identity import call_key, data_id, msg_random, unique_msg_randoms
from pushspec.tencent.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from workbench import Project

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True)
KEYS = st.builds(
    lambda name, version, variant, part: call_key(name, version, variant=variant, part=part),
    NAMES,
    st.integers(1, 999_999),
    st.none() | NAMES,
    st.none() | st.integers(1, 2_000_000),
)
CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: admin
audience: {accounts: [rong, bonnie]}
schedule: {not_before: "2126-12-01T10:00:00+08:00", not_after: "2126-12-01T12:00:00+08:00"}
notification: {title: Hello, desc: World}
"""


def test_a_key_says_campaign_version_variant_and_part() -> None:
    """People read it in the plan, the lockfile and the callbacks."""
    assert call_key("sale", 2) == "sale@2"
    assert call_key("sale", 2, variant="zh") == "sale@2/zh"
    assert call_key("sale", 2, variant="zh", part=3) == "sale@2/zh#3"


def test_a_number_belongs_to_app_and_key_for_ever() -> None:
    """Lockfiles hold it: with another number the service would take the same call for a new one."""
    assert msg_random(1_400_000_000, "hello@1") == 4_151_324_839
    assert msg_random(1_400_000_000, "hello@1", probe=1) == 4_226_486_929


@given(KEYS, st.integers(1, 2**32 - 1))
def test_a_number_is_an_unsigned_32_bit_number(key: str, app: int) -> None:
    """The service refuses any other with 90005."""
    assert 0 <= msg_random(app, key) <= 4_294_967_295


@given(st.lists(KEYS, unique=True, max_size=50))
def test_no_two_calls_of_a_plan_share_a_number(keys: list[str]) -> None:
    """The service takes two alike in one second for one push, and swallows the second."""
    numbers = list(unique_msg_randoms(1_400_000_000, keys))

    assert len(set(numbers)) == len(keys)
    assert numbers == list(unique_msg_randoms(1_400_000_000, keys))


def test_a_collision_is_resolved_in_a_fixed_way() -> None:
    """The first in order keeps its number, the next one probes on."""
    first, second = unique_msg_randoms(7, ["hello@1", "hello@1"])

    assert first == msg_random(7, "hello@1")
    assert second == msg_random(7, "hello@1", probe=1)


@given(KEYS)
def test_a_data_id_fits_and_begins_like_its_key(key: str) -> None:
    """The service refuses more than 64 bytes with 90057, and people look for the name."""
    shown = data_id(key)

    assert not Limits().data_id_bytes.exceeded_by(shown)
    assert shown.startswith(key[:40])


@given(st.lists(KEYS, unique=True, min_size=2, max_size=20))
def test_data_ids_tell_calls_apart(keys: list[str]) -> None:
    """A callback names nothing else."""
    assert len({data_id(key) for key in keys}) == len(keys)


def _digest(project: Project, text: str, file: str = "campaigns/a.yaml") -> str:
    project.write({file: text})
    digest: str = project.plan_json()["digest"]
    (project.root / file).unlink()
    return digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Hello", "Hallo"),
        ("title: Hello, ", ""),
        ("[rong, bonnie]", "[bonnie, rong]"),
        ("[rong, bonnie]", "[rong]"),
        ("[rong, bonnie]", "[rong, bonnie, ada]"),
        ("T10:", "T11:"),
        ("T12:", "T13:"),
        ('not_before: "2126-12-01T10:00:00+08:00", ', ""),
        ("from: admin", "from: root"),
        ("version: 1", "version: 2"),
        ("name: sale", "name: sales"),
    ],
)
def test_a_digest_changes_with_all_that_is_sent_to_whom_and_when(
    project: Project, old: str, new: str
) -> None:
    """An approval of one plan must never cover another."""
    assert _digest(project, CAMPAIGN) != _digest(project, CAMPAIGN.replace(old, new))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("campaigns/deep/down/other.yml", CAMPAIGN),
        ("campaigns/a.yaml", "# a comment\n" + CAMPAIGN.replace(": sale", ":   sale  # here too")),
        ("campaigns/a.yaml", "".join(reversed(CAMPAIGN.splitlines(keepends=True)))),
        ("campaigns/a.yaml", CAMPAIGN + "description: words for colleagues\nowner: growth\n"),
        ("campaigns/a.yaml", CAMPAIGN.replace("Hello", "'{{ hi }}'") + "vars: {hi: Hello}\n"),
        ("campaigns/a.yaml", CAMPAIGN.replace("[rong, bonnie]", "[rong, bonnie, rong]")),
    ],
    ids=["another file", "comments", "order of keys", "words for people", "a template", "named twice"],
)
def test_a_digest_does_not_change_with_how_it_is_written(project: Project, file: str, text: str) -> None:
    """Moving or tidying a file needs no second approval."""
    assert _digest(project, CAMPAIGN) == _digest(project, text, file)


def test_a_plan_is_the_same_bytes_in_every_folder(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The digest that a colleague approved on one machine is the one that CI sees on another."""
    from workbench import PROJECT
    from workbench import Project as AnyProject

    elsewhere = AnyProject(_folder(tmp_path_factory)).write({"pushspec.yaml": PROJECT})
    names = ["c.yaml", "a.yaml", "b.yaml"]
    for number, name in enumerate(names):
        project.write({f"campaigns/{name}": CAMPAIGN.replace("sale", f"sale-{number}")})
    for number, name in reversed(list(enumerate(names))):
        elsewhere.write({f"campaigns/{name}": CAMPAIGN.replace("sale", f"sale-{number}")})

    shown = {where.run("plan", "--format", "json").assert_ok().out for where in (project, elsewhere, project)}

    assert len(shown) == 1


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("elsewhere")
