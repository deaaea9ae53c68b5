"""A run waits for one on another machine, of which nothing but the lease tells, and goes on after that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cli.kit import kill_while_sending
from pushspec.api.lockfile import open_journal, store_of
from pushspec.api.project import load_project
from pushspec.clock import utc_now
from pushspec.lockfile.lines import decode_all
from pushspec.lockfile.records import Begin, Intent, Renew

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, ServedProject

_LEFT = timedelta(seconds=8)
"""How much of the other run's lease is left: enough for this one to meet it on a busy machine."""


@pytest.mark.parametrize("kind", ["file", "git", "postgresql"])
def test_apply_goes_on_after_the_lease_of_a_run_on_another_machine(
    project: ServedProject,
    push_service: PushService,
    campaign: Callable[..., str],
    address: Callable[[str, str], str],
    kind: str,
) -> None:
    """What the other had under way is in doubt and is not sent again; the rest of the saved plan is sent."""
    listed = campaign(
        "b", endpoint="timpush/batch", audience="{accounts: [bonnie]}", **{"from": "administrator"}
    )
    project.write({"campaigns/a.yaml": campaign("a"), "campaigns/b.yaml": listed})
    kill_while_sending(project, push_service)
    records = decode_all(store_of(load_project(project.root)).read())
    under_way = [record for record in records if isinstance(record, Begin | Intent)]
    project.keep_lock_at(address(kind, "prod"))
    # The same records once more, by a process that is alive as far as anybody here can tell.
    other = open_journal(load_project(project.root), must_exist=False)
    other.take(holder="lin@build-7")
    other.append(*under_way)
    assert project.run("plan", "-o", "plan.json").code == 0
    other.append(Renew(lease_end=utc_now() + _LEFT))
    applied = project.run("apply", "plan.json", "--lock-timeout", "2m")

    assert applied.err.count("waiting until") == 1
    assert "lin@build-7 holds the lock (apply)" in applied.err
    assert applied.code == 5, applied.err
    assert "b@1  sent to 1 of 1 person" in applied.out
    assert "a@1 is IN DOUBT: it was sent once, or not at all" in applied.out
    assert project.states() == {"a": "in doubt", "b": "sent"}
    assert len(push_service.received) == 2
    assert len({request.body["MsgRandom"] for request in push_service.received}) == 2
