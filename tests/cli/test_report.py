"""What a team reads after the send: how many people it reached, why not the others, and what nobody knows."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema.validators import validator_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, Received, ServedProject

    CampaignText = Callable[..., str]

COUNTS, LOSSES, TRACE = (f"/v4/timpush/all_member_push_{name}" for name in ("statistics", "loss", "trace"))
TOLD: dict[str, Any] = {
    "TotalCount": 4,
    "SentCount": 3,
    "DeliveredCount": 2,
    "ClickCount": 1,
    "PlatformStatistics": [
        {"EventType": 1, "PushPlatform": 3, "SentCount": 2, "DeliveredCount": 1, "ClickCount": 0},
        {"EventType": 2, "PushPlatform": 0, "SentCount": 1, "DeliveredCount": 1, "ClickCount": 1},
    ],
}
LOST: dict[str, Any] = {
    "ReadyToSendLoss": [{"ErrCode": "-2", "ErrCount": 1, "ErrInfo": "device token never uploaded"}],
    "PostSendDeliveredLoss": [{"ErrCode": "410", "ErrCount": 1, "ErrInfo": "unregistered device"}],
    "PlatformReadyToSendLoss": [],
    "PlatformPostSendDeliveredLoss": [
        {"EventType": 1, "PushPlatform": 3, "ErrCode": "410", "ErrCount": 1, "ErrInfo": "x"}
    ],
}
NUMBERS = ("meant", "refused", "sent", "reached", "opened", "lost")


def telling(
    counts: dict[str, Any] | None = None, losses: dict[str, Any] | None = None
) -> Callable[[Received], dict[str, Any] | int]:
    """Return a service that knows the same about every task that it is asked for."""

    def answer(request: Received) -> dict[str, Any] | int:
        for path, told in ((COUNTS, counts), (LOSSES, losses)):
            if request.path == path:
                tasks = request.body["TaskID"] if told is not None else []
                return {"Results": [{"TaskID": task, **(told or {})} for task in tasks]}
        return {}

    return answer


@pytest.fixture(autouse=True)
def _quick(project: ServedProject) -> None:
    """Ask and push without waiting; tests of the pace run in virtual time."""
    project.configure("limits: {statistics_calls_per_second: 1000, push_interval_s: 0}")


@pytest.fixture
def sent(project: ServedProject, campaign: CampaignText) -> ServedProject:
    """Send ``hello@1`` to four people."""
    listed = campaign(
        endpoint="timpush/batch", audience="{accounts: [a, b, c, d]}", **{"from": "administrator"}
    )
    project.write({"campaigns/hello.yaml": listed})
    project.apply().assert_ok()
    return project


def report(project: ServedProject, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Return the first campaign of a report."""
    outcome = project.run("report", *arguments, "--format", "json")
    assert outcome.code == code, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)["campaigns"][0]
    return found


def numbers(found: dict[str, Any]) -> tuple[Any, ...]:
    """Return the six counts of a campaign, a variant or a call."""
    return tuple(found[name] for name in NUMBERS)


def test_a_report_says_who_got_it_and_why_others_did_not(
    sent: ServedProject, push_service: PushService
) -> None:
    """The question that every send ends with."""
    push_service.answer = telling(TOLD, LOST)

    said = sent.run("report", "hello").assert_ok().out

    assert "hello@1  complete, as of " in said
    assert "meant 4 · refused 0 · sent 3 · reached 2 · opened 1 · lost 2" in said
    assert "reached of sent    66.7% (20.8% to 93.9%)" in said
    assert "  Huawei       offline     2        1       0     1" in said
    assert "  running app  online      1        1       1     0" in said
    assert "lost 1 before sending: device token never uploaded (-2)" in said
    assert "→ check that the app registers for pushes after login" in said


def test_a_maker_that_the_service_does_not_name_is_told_so(
    sent: ServedProject, push_service: PushService
) -> None:
    """0 is its word for unknown: a push over a maker's channel still went to one of them."""
    rows = [{"EventType": 1, "PushPlatform": 0, "SentCount": 3}]
    push_service.answer = telling({**TOLD, "PlatformStatistics": rows}, LOST)

    assert "  maker not told  offline     3" in sent.run("report", "hello").assert_ok().out


def test_the_json_is_what_its_schema_says(sent: ServedProject, push_service: PushService) -> None:
    """Programs of others read it."""
    push_service.answer = telling(TOLD, LOST)
    schema = json.loads(sent.run("schema", "report").assert_ok().out)
    document = json.loads(sent.run("report", "hello", "--format", "json").assert_ok().out)

    validator_for(schema)(schema).validate(document)
    (found,) = document["campaigns"]
    assert numbers(found) == (4, 0, 3, 2, 1, 2)
    assert found["platforms"][0] == {
        "platform": "huawei", "channel": "offline", "sent": 2, "reached": 1, "opened": 0, "lost": 1,
    }  # fmt: skip
    assert [(loss["stage"], loss["code"], loss["count"]) for loss in found["losses"]] == [
        ("after_sending", "410", 1),
        ("before_sending", "-2", 1),
    ]
    assert (found["is_settled"], found["not_told"]) == (True, 0)


UNTOLD: dict[str, tuple[Any, Any, tuple[Any, ...]]] = {
    "an empty result": (None, None, (4, 0, None, None, None, None)),
    "a result without counts": ({}, {}, (4, 0, None, None, None, None)),
    "counts that are null": (dict.fromkeys(TOLD), dict.fromkeys(LOST), (4, 0, None, None, None, None)),
    "one count": ({"SentCount": 0}, None, (4, 0, 0, None, None, None)),
    "half of the losses": (TOLD, {"ReadyToSendLoss": []}, (4, 0, 3, 2, 1, None)),
    "a loss without its number": (
        TOLD, LOST | {"ReadyToSendLoss": [{"ErrCode": "-2"}]}, (4, 0, 3, 2, 1, None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNTOLD)
def test_what_the_service_does_not_tell_is_never_zero(
    sent: ServedProject, push_service: PushService, case: str
) -> None:
    """A team that reads 0 takes the campaign down; a team that reads "not known" asks."""
    counts, losses, expected = UNTOLD[case]
    push_service.answer = telling(counts, losses)

    found = report(sent, "hello")

    assert numbers(found) == expected
    assert numbers(found["call_reports"][0]) == expected
    if expected[2] is None:
        assert found["reached_rate"] is None
        assert "sent not known" in sent.run("report", "hello").out


HOSTILE: dict[str, Any] = {
    "nothing": 502,
    "results of another type": {"Results": "none"},
    "counts as text": {"Results": [{"TaskID": "task-1", "SentCount": "3"}]},
    "an error": {"ErrorCode": 91000},
    "another status": {"ActionStatus": "FAIL"},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_an_answer_that_is_not_understood_changes_nothing_and_ends_with_eight(
    sent: ServedProject, push_service: PushService, case: str
) -> None:
    """What the lockfile says of a send never hangs on a look at it."""
    before = sent.lockfile()
    push_service.answer = lambda _: HOSTILE[case]

    outcome = sent.run("report", "hello")

    assert outcome.code == 8
    assert "warning: " in outcome.err
    assert "sent not known" in outcome.out
    assert sent.lockfile() == before
    push_service.answer = lambda _: {}
    assert "Nothing to send." in sent.apply().out


@pytest.mark.parametrize(
    ("by_maker", "lost"),
    [
        ([], [None, None]),
        ([{"EventType": 1, "PushPlatform": 3, "ErrCode": "410"}], [None, None]),
        ([{"EventType": 1, "PushPlatform": 3, "ErrCode": "410", "ErrCount": 1}], [1, 0]),
    ],
)
def test_a_maker_lost_nobody_only_if_every_loss_has_its_maker(
    sent: ServedProject, push_service: PushService, by_maker: list[Any], lost: list[int | None]
) -> None:
    """A sum of losses without their makers leaves each maker's loss unknown, and never zero."""
    push_service.answer = telling(TOLD, LOST | {"PlatformPostSendDeliveredLoss": by_maker})

    found = report(sent, "hello")

    assert found["lost"] == 2
    assert [row["lost"] for row in found["platforms"]] == lost


def test_several_campaigns_have_an_overview_in_every_form(
    sent: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Whoever reads about a week wants a line each first, and the details below."""
    assert "campaign " not in sent.run("report").out
    long = "a-name-of-a-campaign-that-takes-a-line"
    sent.write({f"campaigns/{long}.yaml": campaign(long)})
    sent.apply().assert_ok()
    push_service.answer = telling(TOLD, LOST)
    sent.run("report", "hello").assert_ok()
    push_service.answer = telling()

    text, markdown, page = (
        sent.run("report", "--format", form).assert_ok().out for form in ("text", "markdown", "html")
    )

    assert text.split("\n\n")[1].splitlines() == [
        f"{'campaign':<40}       sent    reached     opened       lost",
        f"{long}@1  not known  not known  not known  not known",
        f"{'hello@1':<40}          3      66.7%      50.0%          2",
    ]
    assert "| campaign | sent | reached | opened | lost |" in markdown
    assert "| `hello@1` | 3 | 66.7% | 50.0% | 2 |" in markdown
    assert "hello@1 3 66.7% 50.0% 2" in " ".join(re.sub("<[^>]+>", " ", page).split())


def test_a_narrow_report_breaks_between_numbers(
    sent: ServedProject,
    push_service: PushService,
    campaign: CampaignText,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A count stays beside its name, and a long name has its numbers below."""
    long = "a-name-of-a-campaign-that-takes-a-line"
    sent.write({f"campaigns/{long}.yaml": campaign(long)})
    sent.apply().assert_ok()
    push_service.answer = telling(TOLD, LOST)
    monkeypatch.setenv("COLUMNS", "60")

    lines = sent.run("report").assert_ok().out.splitlines()

    assert f"{long}@1" in lines
    assert max(map(len, lines)) <= 60
    assert "  meant 4 · refused 0 · sent 3 · reached 2 · opened 1" in lines
    assert "  · lost 2" in lines


def test_what_was_never_sent_is_told_with_where_to_look(project: ServedProject) -> None:
    """Nobody can name a campaign that was sent while none was; "lockfile" is not a word of the question."""
    empty, unknown, no_time = (
        project.run("report", *arguments) for arguments in ([], ["hello"], ["--since", "0d"])
    )

    empty.assert_ok()
    assert "No campaign was begun in that time.\nLook back further: --since 30d." in empty.out
    assert "What was sent at all: pushspec status" in empty.out
    assert (unknown.code, unknown.err) == (
        2,
        "error: nothing was sent as hello\nhint: pushspec status lists what was sent\n",
    )
    assert (no_time.code, no_time.err) == (
        2,
        "error: in no time no campaign can have begun\nhint: --since 7d\n",
    )


def test_a_wait_that_is_cut_short_says_how_to_see_what_is_known(
    sent: ServedProject, push_service: PushService
) -> None:
    """Twenty minutes were waited, and "Stopped." alone looks as if all was lost."""
    asked = threading.Event()

    def answer(_: Received) -> dict[str, Any]:
        asked.set()
        return {"Results": []}

    push_service.answer = answer
    process = sent.start("report", "--wait", "30m")
    assert asked.wait(60)
    time.sleep(1)  # until the answer is there: a connection that is cut would make noise in the server
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Stopped. Without --wait, report shows what is known now." in err


def test_numbers_outlive_what_the_service_forgets(sent: ServedProject, push_service: PushService) -> None:
    """Losses are gone after 7 days and counts after 30; a service that is down takes nothing back either."""
    push_service.answer = telling(TOLD, LOST)
    sent.run("report", "hello").assert_ok()
    push_service.answer = lambda _: 502

    assert numbers(report(sent, "hello", code=8)) == (4, 0, 3, 2, 1, 2)
    assert numbers(report(sent, "hello", "--recorded")) == (4, 0, 3, 2, 1, 2)
    assert "sent 3, reached 2, opened 1" in sent.run("log").out


def test_numbers_are_recorded_once_and_changes_again(sent: ServedProject, push_service: PushService) -> None:
    """A job that looks every hour must not fill the lockfile."""
    push_service.answer = telling(TOLD, LOST)
    for _ in range(3):
        sent.run("report", "hello").assert_ok()
    push_service.answer = telling(TOLD | {"ClickCount": 2}, LOST)
    for arguments in (["--no-record"], ["--recorded"], []):
        sent.run("report", "hello", *arguments).assert_ok()

    recorded = [record["opened"] for record in sent.lockfile() if record["record"] == "stats"]
    assert recorded == [1, 2]


def test_five_tasks_are_one_question(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The service's own bounds, and within its range of time."""
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": text.replace("limits: {", "limits: {accounts_per_call: 1, ", 1)})
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [a, b, c, d, e, f, g]}", **{"from": "x"})
    project.write({"campaigns/hello.yaml": listed})
    project.apply().assert_ok()
    push_service.asked.clear()
    push_service.answer = telling({"TotalCount": 1, "SentCount": 1, "DeliveredCount": 1}, LOST)

    found = report(project, "hello")

    asked = [(request.path, len(request.body["TaskID"])) for request in push_service.asked]
    assert asked == [(COUNTS, 5), (COUNTS, 2), (LOSSES, 5), (LOSSES, 2)]
    assert (found["calls"], found["calls_told"], found["reached"]) == (7, 7, 7)


def test_a_task_that_the_service_dislikes_hides_no_other(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """No page says whether the tasks of timpush/batch are taken; the others are asked for alone."""
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": text.replace("limits: {", "limits: {accounts_per_call: 1, ", 1)})
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [a, b, c]}", **{"from": "x"})
    project.write({"campaigns/hello.yaml": listed})
    project.apply().assert_ok()
    knows = telling({"SentCount": 1}, None)
    push_service.answer = lambda request: (
        {"ErrorCode": 90049} if "task-2" in request.body.get("TaskID", []) else knows(request)
    )

    found = report(project, "hello")

    assert (found["sent"], found["at_least"]["sent"], found["calls_told"]) == (None, 2, 2)
    said = project.run("report", "hello", "--recorded").out
    assert "sent at least 2" in said
    assert "the service gave counts for 2 of 3 calls" in said


def test_wrong_credentials_end_with_nine(sent: ServedProject, push_service: PushService) -> None:
    """Nobody should look for a network fault."""
    push_service.answer = lambda _: {"ErrorCode": 70003}

    assert sent.run("report", "hello").code == 9


def test_a_doubt_is_in_no_sum(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Nobody knows whether it went out, so nobody knows how many it reached."""
    project.write({"campaigns/hello.yaml": campaign()})
    push_service.answer = lambda _: 502
    assert project.apply().code == 5

    found = report(project, "hello")

    assert numbers(found) == (None,) * 6
    assert found["is_settled"] is False
    assert "calls in doubt" in project.run("report", "hello").out


def test_everyone_is_as_many_as_the_service_found(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Nobody else counts them."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()
    push_service.answer = telling(TOLD, LOST)

    assert numbers(report(project, "hello")) == (4, 0, 3, 2, 1, 2)


def test_chat_messages_are_counted_by_nobody(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """They have no task: the report says that, and asks nobody."""
    text = campaign(
        endpoint="openim/batchsendmsg",
        audience="{accounts: [a, b]}",
        notification=None,
        message="[text: Hi]",
        **{"from": "administrator"},
    )
    project.write({"campaigns/hello.yaml": text})
    project.apply().assert_ok()
    push_service.asked.clear()

    found = report(project, "hello")

    assert numbers(found) == (2, 0, None, None, None, None)
    assert found["unknown"] == ["chat messages: the service counts no single one of them"]
    assert push_service.asked == []


def test_refused_people_are_counted_and_were_not_meant_to_arrive(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """They are known from the answer to the send, whatever the statistics say."""
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [a, b, c]}", **{"from": "x"})
    project.write({"campaigns/hello.yaml": listed})
    push_service.answer = lambda _: {"ErrorList": [{"To_Account": "b", "ErrorCode": 70107}]}
    project.apply()
    push_service.answer = telling({"TotalCount": 2, "SentCount": 2, "DeliveredCount": 2}, None)

    assert numbers(report(project, "hello")) == (3, 1, 2, 2, None, None)


def test_variants_are_compared_and_earlier_sends_give_a_median(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Small numbers say "cannot tell yet", and sends without numbers are in no median."""
    variants = """
  - {name: short, audience: {accounts: [a, b]}}
  - {name: long, audience: {accounts: [c, d]}}"""
    for version in (1, 2, 3, 4):
        opened = {1: 10, 2: 30, 3: 20, 4: 90}[version]
        listed = campaign(
            endpoint="timpush/batch",
            audience=None,
            version=str(version),
            variants=variants,
            notification=f"{{title: Number {version}, desc: World}}",
            **{"from": "x"},
        )
        project.write({"campaigns/hello.yaml": listed})
        push_service.answer = lambda _: {}
        project.apply().assert_ok()
        counts = {"TotalCount": 100, "SentCount": 100, "DeliveredCount": 100, "ClickCount": opened}
        push_service.answer = telling(counts if version != 2 else None, None)
        project.run("report", "hello").assert_ok()

    found = report(project, "hello")

    assert [variant["variant"] for variant in found["variants"]] == ["short", "long"]
    assert found["is_randomized"] is False
    shown = project.run("report", "hello", "--recorded").out
    assert "variants went to different people" in shown
    assert "  short: meant " in shown
    assert "hello@4/short" not in shown  # its one call would say the same once more
    assert found["earlier"]["opened_rate"] == pytest.approx(0.15)
    assert (found["earlier"]["sends"], found["earlier"]["opened_rate_of"]) == (3, 2)
    (opened_pair,) = (each for each in found["comparisons"] if each["rate"] == "opened")
    assert (opened_pair["is_certain"], opened_pair["more_needed"]) == (False, None)


def test_names_versions_and_times_choose_campaigns(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """A name means its newest version; without names, what was begun in the last week."""
    for version in ("1", "2"):
        text = campaign(version=version, notification=f"{{title: Number {version}, desc: World}}")
        project.write({"campaigns/hello.yaml": text, "campaigns/other.yaml": campaign("other")})
        project.apply().assert_ok()
    push_service.answer = telling(TOLD, LOST)

    def keys(*arguments: str) -> set[str]:
        document = json.loads(project.run("report", *arguments, "--format", "json").assert_ok().out)
        return {found["key"] for found in document["campaigns"]}

    assert keys("hello") == {"hello@2"}
    assert keys("hello@1") == {"hello@1"}
    assert keys("*") == {"hello@2", "other@1"}
    assert keys() == keys("--since", "1h") == {"hello@1", "hello@2", "other@1"}
    unknown = project.run("report", "helo")
    assert (unknown.code, "did you mean 'hello'?" in unknown.err) == (2, True)


def test_text_of_the_service_acts_nowhere(sent: ServedProject, push_service: PushService) -> None:
    """Its words come from afar: no terminal escape, no markup, no CI command."""
    evil = "\x1b[31m<script>alert(1)</script>|`::error::x"
    losses = LOST | {"ReadyToSendLoss": [{"ErrCode": evil, "ErrCount": 1, "ErrInfo": evil}]}
    push_service.answer = telling(TOLD, losses)

    said = {
        form: sent.run("report", "hello", "--format", form).assert_ok().out
        for form in ("text", "markdown", "html")
    }

    assert not any("\x1b" in text for text in said.values())
    assert "<script" not in said["html"]
    assert "default-src 'none'" in said["html"]
    assert "|`" not in said["markdown"]


def test_a_report_is_written_beside_the_text(sent: ServedProject, push_service: PushService) -> None:
    """A pipeline keeps the page and posts the Markdown."""
    push_service.answer = telling(TOLD, LOST)

    said = sent.run("report", "hello", "--format", "markdown", "--out", "build/report.md").assert_ok().out

    assert (sent.root / "build" / "report.md").read_text() == said
    assert "| `hello@1` | 4 | 0 | 3 | 2 | 1 | 2 |" in said


def test_times_are_in_the_zone_of_the_project(sent: ServedProject, push_service: PushService) -> None:
    """Colleagues in two countries read the same report."""
    text = (sent.root / "pushspec.yaml").read_text()
    sent.write({"pushspec.yaml": text + "timezone: Asia/Shanghai\n"})
    push_service.answer = telling(TOLD, LOST)

    for form in ("text", "markdown", "html"):
        said = sent.run("report", "--format", form).assert_ok().out
        assert " ".join(said.split()).count("times in Asia/Shanghai") == 1
        assert "+08:00" not in said
        assert " UTC" not in said


def test_shares_make_variants_comparable(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Chance decided who got which text, so a difference is the text's."""
    text = campaign(
        endpoint="timpush/batch",
        audience="{accounts: [a, b, c, d, e, f, g, h]}",
        variants="[{name: x, share: 50%}, {name: y, share: 50%}]",
        **{"from": "x"},
    )
    project.write({"campaigns/hello.yaml": text})
    project.apply().assert_ok()
    push_service.answer = telling(TOLD, LOST)

    assert report(project, "hello")["is_randomized"] is True


def test_a_lockfile_that_cannot_be_written_hides_no_numbers(
    sent: ServedProject, push_service: PushService
) -> None:
    """Somebody who may only read gets the report, and is told what is missing in the record."""
    push_service.answer = telling(TOLD, LOST)
    (sent.root / "pushspec.test.lock").chmod(0o400)
    sent.root.chmod(0o500)
    try:
        outcome = sent.run("report", "hello")
    finally:
        sent.root.chmod(0o700)
        (sent.root / "pushspec.test.lock").chmod(0o600)

    assert outcome.code == 0
    assert "reached 2" in outcome.out
