"""Newer time zone data between an approval and the send: what moved, and how to go on."""

from __future__ import annotations

import json
import shutil
import sys
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from pushspec import zones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.kit import Machine, PushService, ServedProject

SALE = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: news
audience: {file: people.csv, column: user_id}
schedule: {local: "2026-12-01T10:00", local_until: "2026-12-01T14:00", timezone_column: tz}
notification: {title: Sale, desc: Today only}
"""
PEOPLE = "user_id,tz\nada,Europe/Berlin\nlin,Europe/London\nrong,Africa/Lagos\nbonnie,Africa/Tunis\n"


def forget_zones() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "tzdata"]:
        del sys.modules[name]
    zones.zone_names.cache_clear()
    zones.zone_of.cache_clear()


@pytest.fixture
def install_zones(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, dict[str, str]], None]]:
    """Return a function that installs a release of the zone data in which some zones keep others' clocks."""
    original = resources.files("tzdata")

    def install(release: str, moved: dict[str, str]) -> None:
        folder: Path = tmp_path_factory.mktemp(release) / "tzdata"
        shutil.copytree(str(original), folder)
        for zone, other in moved.items():
            shutil.copy(folder / "zoneinfo" / other, folder / "zoneinfo" / zone)
        (folder / "__init__.py").write_text(f'IANA_VERSION = "{release}"\n')
        monkeypatch.syspath_prepend(folder.parent)
        forget_zones()

    yield install
    monkeypatch.undo()
    forget_zones()


@pytest.fixture
def saved(project: ServedProject, machine: Machine) -> ServedProject:
    """A project with a plan that was saved and approved at half past nine in Berlin."""
    project.write({"campaigns/sale.yaml": SALE, "people.csv": PEOPLE})
    machine.go_to("2026-12-01T08:30:00Z")
    project.run("plan", "-o", "plan.json").assert_ok()
    machine.go_to("2026-12-01T10:30:00Z")
    return project


def test_hours_that_moved_are_named_with_the_releases(
    saved: ServedProject, push_service: PushService, install_zones: Callable[[str, dict[str, str]], None]
) -> None:
    """Nothing of the campaign changed, and yet it would leave at another moment: the error says why."""
    install_zones("2027a", {"Europe/Berlin": "Asia/Dubai", "Africa/Lagos": "Europe/London"})

    refused = saved.run("apply", "plan.json")

    said = " ".join(refused.err.split())
    assert refused.code == 6
    assert (
        "sale@1 changed after the plan was made: time zone data went from 2026f to 2027a, "
        "which moves the hours of Africa/Lagos and Europe/Berlin"
    ) in said
    assert "make a new plan, or go back: pip install tzdata==2026.6" in said
    assert push_service.received == []


def test_zone_data_that_moves_nobody_changes_nothing(
    saved: ServedProject, push_service: PushService, install_zones: Callable[[str, dict[str, str]], None]
) -> None:
    """What was approved are moments, and they are the same."""
    install_zones("2027a", {"Asia/Tokyo": "Asia/Dubai"})

    saved.run("apply", "plan.json").assert_ok()

    reached = [account for request in push_service.received for account in request.body["To_Account"]]
    assert sorted(reached) == ["ada", "bonnie", "lin", "rong"]


def test_a_pinned_list_is_told_by_all_zones(
    saved: ServedProject, install_zones: Callable[[str, dict[str, str]], None]
) -> None:
    """Its digest needs no list, so it covers zones of which nobody can say whether somebody lives there."""
    audience = "kind: Audience\nname: members\nfile: people.csv\ncolumn: user_id\nkeep: [tz]\n"
    sale = SALE.replace("{file: people.csv, column: user_id}", "{use: members}")
    saved.write(
        {"audiences/members.yaml": f"apiVersion: pushspec/v1\n{audience}", "campaigns/sale.yaml": sale}
    )
    saved.run("audience", "pull", "members").assert_ok()
    saved.run("plan", "-o", "plan.json").assert_ok()
    install_zones("2027a", {"Asia/Tokyo": "Asia/Dubai"})

    refused = saved.run("apply", "plan.json")

    assert refused.code == 6
    assert ("from 2026f to 2027a, and the digest of a pinned list covers the hours of all zones") in " ".join(
        refused.err.split()
    )


def test_another_change_is_not_blamed_on_the_zone_data(
    saved: ServedProject, install_zones: Callable[[str, dict[str, str]], None]
) -> None:
    """The text changed, and the newer data moved nobody."""
    install_zones("2027a", {"Asia/Tokyo": "Asia/Dubai"})
    saved.write({"campaigns/sale.yaml": SALE.replace("Today only", "Until noon")})

    refused = saved.run("apply", "plan.json")

    assert refused.code == 6
    assert "sale@1 changed after the plan was made" in refused.err
    assert "zone data" not in refused.err


def test_a_saved_plan_names_its_zone_data(saved: ServedProject) -> None:
    """Whoever asks later which rules were used finds the release beside the digest."""
    (campaign,) = json.loads((saved.root / "plan.json").read_text())["campaigns"]

    assert campaign["zone_data"] == "2026f"
    assert campaign["hours"]["Europe/Berlin"] == ["2026-12-01T09:00:00+00:00", "2026-12-01T13:00:00+00:00"]
