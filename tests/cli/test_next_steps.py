"""The last line of a command is the next one, and can be pasted as it is."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from workbench import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, ServedProject


def _next(shown: str) -> list[str]:
    """Return the words of the command after ``Next:``, without its own name and the remark behind it."""
    (line,) = re.findall(r"^Next: (.*?)(?:   #.*)?$", shown, re.MULTILINE)
    program, *words = shlex.split(line)
    assert program == "pushspec"
    return words


def test_a_stopped_run_goes_on_with_the_very_command_that_it_names(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """Folder, names and selectors are kept, so nobody sends more than they meant to at first."""
    shop = Project(project.root / "my shop")
    shop.write({"pushspec.yaml": (project.root / "pushspec.yaml").read_text()})
    shop.run("lock", "init", "-e", "test").assert_ok()
    texts = {f"campaigns/{name}.yaml": campaign(name, owner="growth") for name in ("a", "b", "c", "other")}
    shop.write(texts)
    asked = ("[abc]", "-C", "my shop", "--select", "owner:growth")
    planned = project.run("plan", *asked).assert_ok()
    digest = shop.plan_json("[abc]", "--select", "owner:growth")["digest"]
    assert _next(planned.out) == ["apply", "[abc]", "-e", "test", *asked[1:]]
    push_service.answer = lambda _: 502 if len(push_service.received) == 2 else {}

    stopped = project.run("apply", "--confirm", digest, *asked)
    words = _next(stopped.out)

    assert words == ["apply", "[abc]", "-e", "test", *asked[1:]]
    push_service.answer = lambda _: {}
    unconfirmed = project.run(*words)
    (hint,) = re.findall("or run: pushspec (.*)$", unconfirmed.err, re.MULTILINE)
    project.run(*shlex.split(hint))
    states = {it["name"]: it["state"] for it in shop.plan_json()["campaigns"]}
    assert states == {"a": "sent", "b": "in doubt", "c": "sent", "other": "send"}


def test_a_saved_plan_whose_name_begins_with_a_dash_is_no_option(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """`plan -o-x.json` is a slip of the finger, and the command that it prints is pasted as it is."""
    project.write({"campaigns/hello.yaml": campaign()})

    words = _next(project.run("plan", "-o-x.json").assert_ok().out)

    assert words == ["apply", "./-x.json"]
    project.run(*words).assert_ok()


def test_a_saved_plan_goes_on_as_a_saved_plan(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """What was approved is the file, and not the names in it."""
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in ("a", "b", "c")})
    project.run("plan", "-o", "the plan.json").assert_ok()
    push_service.answer = lambda _: 502 if len(push_service.received) == 2 else {}

    stopped = project.run("apply", "the plan.json")

    assert _next(stopped.out) == ["apply", "the plan.json", "-e", "test"]
    push_service.answer = lambda _: {}
    project.run(*_next(stopped.out))
    assert project.states() == {"a": "sent", "b": "in doubt", "c": "sent"}


def test_a_doubt_in_another_folder_names_the_folder(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """Each command that settles it works where the text is read."""
    project.write({"campaigns/a.yaml": campaign("a")})
    (project.root / "below").mkdir()
    push_service.answer = lambda _: 502

    project.run("apply", "--confirm", project.plan_json()["digest"])
    told = project.run("status", "-C", "below")

    assert '    pushspec resolve a@1 -e test -C below --as abandoned --why "WHY"\n' in told.out


def test_a_missing_lockfile_in_another_folder_is_begun_there(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """Typed as it is printed, the command begins no lockfile of the project in which somebody stands."""
    project.write({"campaigns/a.yaml": campaign("a")})
    (project.root / "pushspec.test.lock").unlink()
    (project.root / "my shop").symlink_to(".")
    digest = project.plan_json()["digest"]

    plan = project.run("plan", "-C", "my shop")
    refused = project.run("apply", "-C", "my shop", "--confirm", digest)
    examined = project.run("doctor", "-C", "my shop")

    command = "pushspec lock init -e test -C 'my shop'"
    assert [command in " ".join(it.split()) for it in (plan.out, refused.err, examined.out)] == [True] * 3
    project.run(*shlex.split(command)[1:]).assert_ok()
    project.run("apply", "-C", "my shop", "--confirm", digest).assert_ok()


def test_after_an_apply_on_the_sandbox_the_phones_are_a_command_away(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """Nothing sells the product better than a phone that lights up."""
    project.write({"campaigns/a.yaml": campaign("a"), "here": ""})
    digest = project.plan_json("-e", "sandbox")["digest"]

    here = Project(project.root / "campaigns").run("apply", "-e", "sandbox", "-C", "..", "--confirm", digest)

    assert here.out.endswith("See the phones: cd .. && pushspec sandbox serve\n")
