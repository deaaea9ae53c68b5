"""A secret with a blank at its end, as `echo KEY | set-secret` leaves it, stops a run before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT

if TYPE_CHECKING:
    from workbench import Project

SECRET = "usersig", "secret_key"


@pytest.mark.parametrize("key", SECRET)
@pytest.mark.parametrize(
    "value", ["SeCrEt\n", "SeCrEt\r\n", " SeCrEt", "SeCrEt\t", "\ufeffSeCrEt", "SeCrEt\u00a0"]
)
def test_it_is_said_before_any_intent(
    project: Project, monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    """Once, the run crashed behind its intent, and what never left was in doubt."""
    place = 'base_url: "http://127.0.0.1:9", sdk_app_id: 1400123456'
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    project.write({"pushspec.yaml": f"{PROJECT}  prod: {{{place}, {key}: {{env: TIM_SECRET}}}}\n"})
    monkeypatch.setenv("TIM_SECRET", value)
    project.run("lock", "init", "-e", "prod").assert_ok()
    digest = project.plan_json("-e", "prod")["digest"]

    outcome = project.run("apply", "-e", "prod", "--confirm", digest)

    assert outcome.code == 9
    assert "the environment variable TIM_SECRET h" in outcome.err
    assert "SeCrEt" not in outcome.out + outcome.err
    assert '"intent"' not in (project.root / "pushspec.prod.lock").read_text()
