"""A freeze that somebody writes into the project file while a run is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, Received, ServedProject


@pytest.mark.parametrize(
    ("written", "reason"),
    [("{}frozen: wrong text\n", "wrong text"), ("{}frozen: [\n", "pushspec.yaml cannot be read any more")],
    ids=["a reason", "half a file"],
)
def test_a_freeze_written_into_the_project_file_stops_the_run_before_its_next_call(
    project: ServedProject,
    push_service: PushService,
    campaign: Callable[..., str],
    written: str,
    reason: str,
) -> None:
    """The text is wrong, and whoever sees it reaches for the file that they know."""
    before = (project.root / "pushspec.yaml").read_text()
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in "abc"})

    def freeze(request: Received) -> dict[str, Any]:
        del request
        project.write({"pushspec.yaml": written.format(before)})
        return {}

    push_service.answer = freeze
    outcome = project.apply()

    assert outcome.code == 7
    assert f"Stopped: frozen: {reason}" in outcome.out
    assert "delete `frozen:`" in outcome.out
    assert len(push_service.received) == 1
    project.write({"pushspec.yaml": before})
    assert project.states() == {"a": "sent", "b": "send", "c": "send"}


def test_another_word_in_the_project_file_does_not_stop_a_run(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """Only a freeze does: a run that has begun sends what was approved."""
    before = (project.root / "pushspec.yaml").read_text()
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in "ab"})

    def edit(request: Received) -> dict[str, Any]:
        project.write({"pushspec.yaml": f"# seen {len(request.path)}\n{before}"})
        return {}

    push_service.answer = edit

    project.apply().assert_ok()

    assert project.states() == {"a": "sent", "b": "sent"}
