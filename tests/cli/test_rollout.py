"""A campaign that leaves in stages: what each apply sends, what stops it, and who lets it go on."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pushspec.api.project import load_project
from pushspec.api.rollout import stop_campaign
from pushspec.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import Machine, PushService, Received, ServedProject

STAGES = """
rollout:
  - {stage: canary, share: 10%, hold: 30m, continue_if: {refused: "< 5%"}}
  - {stage: half, share: 40%, hold: 1h}
  - {stage: rest}
"""
PEOPLE = tuple(f"user{number:04}" for number in range(600))


def sale(
    rollout: str = STAGES, *, version: int = 1, title: str = "Sale", people: tuple[str, ...] = PEOPLE
) -> str:
    return f"""\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: {version}
endpoint: timpush/batch
from: news
audience: {{accounts: [{", ".join(people)}]}}
notification: {{title: {title}, desc: Today only}}
{rollout}"""


@pytest.fixture
def rolled(project: ServedProject) -> ServedProject:
    """A project with one campaign in three stages, and an app whose calls name 30 people at most."""
    limits = "{accounts_per_call: 30, batch_calls_per_second: 1000, batch_users_per_second: 100000}"
    project.configure(f"limits: {limits}")
    project.write({"campaigns/sale.yaml": sale()})
    return project


def reached(service: PushService) -> list[str]:
    return [account for request in service.received for account in request.body["To_Account"]]


def one_at_a_time(project: ServedProject) -> None:
    """Let no call be under way while another one is."""
    text = (project.root / "pushspec.yaml").read_text()
    project.write(
        {"pushspec.yaml": text.replace("batch_calls_per_second: 1000", "batch_calls_per_second: 1")}
    )


def gates(project: ServedProject) -> list[dict[str, Any]]:
    return [record for record in project.lockfile() if record["record"] == "gate"]


def verdicts(project: ServedProject) -> list[str]:
    return [f"{gate['verdict']} {gate['opens'] or gate['stage']}".strip() for gate in gates(project)]


def refuse(share: float) -> Callable[[Received], dict[str, Any]]:
    """Return an answer that refuses some of the accounts of each call."""

    def answer(request: Received) -> dict[str, Any]:
        named = request.body["To_Account"]
        some = named[: round(len(named) * share)]
        return {"ErrorList": [{"To_Account": it, "ErrorCode": 70107} for it in some]}

    return answer


def test_each_apply_sends_one_stage_and_everybody_gets_it_once(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """Three applies, none of which needs to know of the others: each sends what is open then."""
    first = rolled.apply().assert_ok()
    canary = len(reached(push_service))
    assert 30 < canary < 90
    assert "stage half: may open from" in first.out

    again = rolled.run("apply", "sale").assert_ok()
    assert "Nothing to send." in again.out
    assert len(reached(push_service)) == canary

    machine.wait(minutes=31)
    rolled.apply().assert_ok()
    half = len(reached(push_service))
    assert 260 < half < 340

    machine.wait(minutes=61)
    rolled.apply().assert_ok()

    assert sorted(reached(push_service)) == sorted(PEOPLE)
    assert rolled.states() == {"sale": "sent"}
    assert verdicts(rolled) == ["held half", "opened half", "held rest", "opened rest"]
    assert gates(rolled)[1]["evidence"] == {"refused": [0, canary]}
    assert rolled.apply().assert_ok().out.endswith("Nothing to send.\n")


def test_a_report_takes_no_stage_for_a_variant(rolled: ServedProject, machine: Machine) -> None:
    """Chance decided who is in which stage, and nobody compares the first with the rest."""
    rolled.apply().assert_ok()
    machine.wait(minutes=31)
    rolled.apply().assert_ok()

    said = json.loads(rolled.run("report", "sale", "--format", "json").out)

    assert said["campaigns"][0]["variants"] == []
    assert "variants" not in rolled.run("report", "sale").out


def test_a_report_between_two_stages_misses_nobody_who_was_not_sent_to(
    rolled: ServedProject, push_service: PushService
) -> None:
    """Those of a later stage are no people that a push did not reach and nobody knows why."""

    def tell(request: Received) -> dict[str, Any]:
        if "statistics" not in request.path and "loss" not in request.path:
            return {}
        results = []
        for task in request.body["TaskID"]:
            count = len(push_service.received[int(task.partition("-")[2]) - 1].body["To_Account"])
            results.append(
                {"TaskID": task, "TotalCount": count, "SentCount": count, "DeliveredCount": count - 1}
            )
            results[-1] |= {"ReadyToSendLoss": [], "PostSendDeliveredLoss": [], "PlatformStatistics": []}
        return {"Results": results}

    push_service.answer = tell
    rolled.apply().assert_ok()
    calls, canary = len(push_service.received), len(reached(push_service))

    shown = rolled.run("report", "sale").out
    found = json.loads(rolled.run("report", "sale", "--format", "json").out)["campaigns"][0]

    assert f"{len(PEOPLE) - canary} people not sent to so far" in shown
    assert f"{calls} people neither reached nor lost, as far as the service told" in shown
    assert (found["meant"], found["not_sent"], found["not_told"]) == (600, 600 - canary, calls)


def test_a_stage_under_another_name_is_another_campaign(
    rolled: ServedProject, push_service: PushService
) -> None:
    """Its calls would have other keys, and leave again."""
    rolled.apply().assert_ok()
    count = len(push_service.received)

    rolled.write({"campaigns/sale.yaml": sale(STAGES.replace("canary", "first"))})

    assert rolled.states() == {"sale": "changed"}
    assert rolled.apply().code == 6
    assert len(push_service.received) == count


def test_a_verdict_that_did_not_change_is_recorded_once(rolled: ServedProject, machine: Machine) -> None:
    """A schedule that looks every five minutes leaves no trail of looks."""
    rolled.apply().assert_ok()
    before = rolled.lockfile()

    for _ in range(3):
        machine.wait(minutes=5)
        rolled.run("apply", "sale").assert_ok()

    assert rolled.lockfile() == before


def test_the_plan_shows_each_stage_with_its_people_and_its_condition(rolled: ServedProject) -> None:
    """2% then 50% are 52% in all: the sum stands there, in people."""
    plan = rolled.plan_json()
    stages = plan["campaigns"][0]["rollout"]["stages"]
    out = rolled.run("plan").out

    assert [stage["state"] for stage in stages] == ["due", "waiting", "waiting"]
    assert [stage["accounts_so_far"] for stage in stages][-1] == 600
    assert sum(stage["accounts"] for stage in stages) == 600
    assert "leaves now" in out
    assert "so far (50%)" in out
    assert "30 min after canary, if refused < 5%, known of at least 20 people" in " ".join(out.split())
    assert f"{stages[0]['calls']} of {sum(stage['calls'] for stage in stages)} calls" in out


def test_stages_of_one_text_are_one_text(rolled: ServedProject) -> None:
    """A plan that spoke of the shortest text would make a reader look for the others."""
    out = rolled.run("plan", "sale").assert_ok().out

    assert "the shortest text" not in out
    assert out.count("POST /v4/timpush/batch") == 1
    assert "calls with the same content" in out


def test_a_condition_that_fails_stops_before_the_next_call(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """Within a stage, too: nobody waits for the rest of it to be sent to a broken list."""
    one_at_a_time(rolled)
    push_service.answer = refuse(0.2)
    run = rolled.apply()

    assert run.code == 7
    assert len(push_service.received) == 1
    assert verdicts(rolled) == ["stopped half"]
    assert "refused 6 of 30 (must be < 5%)" in run.out
    assert "pushspec continue sale" in run.out
    assert "pushspec recall sale" in run.out

    machine.wait(hours=48)
    push_service.answer = lambda _: {}
    assert rolled.run("apply", "sale").code == 6
    assert len(push_service.received) == 1
    assert verdicts(rolled) == ["stopped half"]


def test_a_gate_that_could_open_at_once_waits_for_the_next_apply(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """Nobody has looked at what the first stage brought: the run that sent it opens no other."""
    stages = "rollout:\n  - {stage: canary, share: 10%}\n  - {stage: rest}\n"
    rolled.write({"campaigns/sale.yaml": sale(stages, people=PEOPLE[:200])})

    rolled.apply().assert_ok()

    assert verdicts(rolled) == ["held rest"]
    assert "the next apply may open it" in " ".join(rolled.run("log").out.split())
    sent = len(reached(push_service))
    rolled.apply().assert_ok()
    assert verdicts(rolled) == ["held rest", "opened rest"]
    assert sent < len(reached(push_service)) == 200


UNKNOWN = STAGES.replace('refused: "< 5%"', 'lost: "< 3%"').replace("hold: 30m", "hold: 30m, max_wait: 6h")


def test_unknown_is_not_continue_and_stops_in_the_end(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """No data is neither zero nor fine: the next stage waits, and then the campaign stops for good."""
    rolled.write({"campaigns/sale.yaml": sale(UNKNOWN)})
    assert "lost are known once pushspec report has recorded" in " ".join(rolled.run("plan").out.split())
    rolled.apply().assert_ok()
    sent = len(push_service.received)

    machine.wait(hours=3)
    assert "lost not known; unknown is not continue" in rolled.plan_json()["campaigns"][0]["reason"]
    rolled.run("apply", "sale").assert_ok()
    machine.wait(hours=4)
    stopped = rolled.run("apply", "sale")

    assert stopped.code == 6
    assert verdicts(rolled) == ["held half", "stopped half"]
    assert len(push_service.received) == sent
    assert rolled.run("apply", "sale").code == 6
    assert verdicts(rolled) == ["held half", "stopped half"]


def test_continue_opens_exactly_the_next_gate_and_it_is_not_judged_again(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """A person's later word lifts a stop; what the evidence says of that gate counts no more."""
    push_service.answer = refuse(0.2)
    rolled.apply()
    assert rolled.states() == {"sale": "blocked"}

    push_service.answer = lambda _: {}
    told = rolled.run("continue", "sale", "--why", "an old list", "--by", "ada").assert_ok()
    assert "stage half may leave" in told.out
    rolled.apply().assert_ok()

    assert verdicts(rolled) == ["stopped half", "opened half", "held rest"]
    assert gates(rolled)[1]["by"] == "ada"
    assert 260 < len(reached(push_service)) < 340
    assert rolled.states() == {"sale": "waiting"}


def _edited(line: bytes) -> bytes:
    return line.replace(b'"verdict":"held"', b'"verdict":"opened"')


BY_HAND: dict[str, Callable[[bytes], bytes]] = {
    "an edited verdict": _edited,
    "a further line without a checksum": lambda line: line + _edited(line).partition(b',"crc"')[0] + b"}\n",
    "a further line with the checksum of another": lambda line: line + _edited(line),
}


@pytest.mark.parametrize("edit", BY_HAND.values(), ids=BY_HAND)
def test_a_gate_that_somebody_wrote_by_hand_opens_nothing(
    rolled: ServedProject, push_service: PushService, machine: Machine, edit: Callable[[bytes], bytes]
) -> None:
    """Who may push to the lockfile's branch could otherwise let a stage go with an editor."""
    rolled.apply().assert_ok()
    sent = len(reached(push_service))
    lock = rolled.root / "pushspec.test.lock"
    whole = lock.read_bytes()
    (gate,) = (line for line in whole.splitlines(keepends=True) if b'"record":"gate"' in line)
    lock.write_bytes(whole.replace(gate, edit(gate)))
    machine.wait(minutes=5)

    outcomes = [rolled.run(*words) for words in (("plan",), ("apply", "sale"), ("status",))]

    for outcome in outcomes:
        assert outcome.code == ExitCode.LOCKED, outcome.out + outcome.err
        assert "checksum" in outcome.err
    assert len(reached(push_service)) == sent
    lock.write_bytes(whole)
    assert "\nNothing to send.\n" in rolled.run("apply", "sale").assert_ok().out
    assert len(reached(push_service)) == sent


def test_nothing_is_continued_that_does_not_wait(rolled: ServedProject, machine: Machine) -> None:
    """A gate behind a stage that was not sent is no gate to open."""
    early = rolled.run("continue", "sale", "--why", "impatient")
    assert (early.code, "stage canary of sale@1 is not stopped" in early.err) == (2, False)
    assert "sale@1 is not stopped, and nothing of it was sent yet, so there is no gate to open" in early.err
    assert "hint: apply sends it" in early.err

    rolled.apply().assert_ok()
    for _ in range(2):
        rolled.run("continue", "sale", "--why", "go").assert_ok()
        rolled.apply().assert_ok()
    late = rolled.run("continue", "sale", "--why", "more")
    assert late.code == 2
    assert "nothing of sale@1 is left to send, and no gate of it is left to open" in late.err


def test_a_stop_is_read_before_every_call_of_a_run_under_way(
    rolled: ServedProject, push_service: PushService
) -> None:
    """Somebody types stop while the canary leaves: the call that is under way is the last."""

    def stop_meanwhile(request: Received) -> dict[str, Any]:
        del request
        if len(push_service.received) == 1:
            here = load_project(rolled.root)
            stop_campaign(here, "sale", by="lin", why="wrong price", now=datetime.now(UTC))
        return {}

    one_at_a_time(rolled)
    push_service.answer = stop_meanwhile
    run = rolled.apply()

    assert run.code == 7
    assert len(push_service.received) == 1
    assert "stopped by lin: wrong price" in run.out


def test_a_stop_by_a_person_lets_the_stage_go_on_first(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """Who stopped a stage half way lifts the stop, and its gate is judged when it is sent."""
    rolled.run("stop", "sale", "--why", "look at it", "--by", "lin").assert_ok()
    assert rolled.run("apply", "sale").code == 6
    assert push_service.received == []

    told = rolled.run("continue", "sale", "--why", "all well").assert_ok()
    assert "no longer stopped" in told.out
    rolled.apply().assert_ok()

    assert len(reached(push_service)) < 90
    assert rolled.states() == {"sale": "waiting"}


def test_a_stop_needs_no_file_that_can_be_read(rolled: ServedProject, machine: Machine) -> None:
    """What must stop, stops, whatever the tree looks like at that moment."""
    rolled.apply().assert_ok()
    rolled.write({"campaigns/sale.yaml": "version: [\n"})

    told = rolled.run("stop", "sale", "--why", "everything is on fire").assert_ok()

    assert "sale@1 is stopped" in told.out
    assert "\nTo take back what was sent: pushspec recall sale -e test\n" in told.out
    rolled.write({"campaigns/sale.yaml": sale()})
    assert rolled.states() == {"sale": "blocked"}


def test_status_offers_a_recall_of_what_was_stopped_while_there_is_time(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """Whoever looks an hour after a gate stopped a campaign has not read what that run said at its end."""
    offered = "            to take back what went out: pushspec recall sale@1 -e test\n"
    push_service.answer = refuse(0.2)
    assert "take back" not in rolled.run("status", "--offline").out
    rolled.apply()

    assert offered in rolled.run("status", "--offline").out
    machine.wait(hours=23)
    assert offered in rolled.run("status", "--offline").out
    machine.wait(hours=2)
    assert "take back" not in rolled.run("status", "--offline").out, "the service takes none back by then"


def test_status_offers_no_recall_of_what_was_never_sent(rolled: ServedProject) -> None:
    """Nor of what goes on."""
    rolled.apply().assert_ok()
    assert "take back" not in rolled.run("status", "--offline").out
    rolled.write({"campaigns/other.yaml": sale("").replace("sale", "other", 1)})
    rolled.run("stop", "other", "--why", "typo").assert_ok()

    assert "take back" not in rolled.run("status", "--offline").out


def test_a_campaign_without_stages_can_be_stopped_too(
    rolled: ServedProject, push_service: PushService
) -> None:
    """One campaign is held back, and the others go."""
    rolled.write(
        {"campaigns/sale.yaml": sale(""), "campaigns/other.yaml": sale("").replace("sale", "other", 1)}
    )
    told = rolled.run("stop", "sale", "--why", "typo").assert_ok()

    assert "recall" not in told.out, "nothing was sent"
    assert rolled.states() == {"sale": "blocked", "other": "send"}
    assert rolled.apply().code == 7
    assert {request.body["DataId"].partition("@")[0] for request in push_service.received} == {"other"}


def test_a_stop_of_a_finished_campaign_says_that_nothing_was_left(rolled: ServedProject) -> None:
    """Who stops it too late must not wait for a continue: only a recall helps now."""
    rolled.write({"campaigns/sale.yaml": sale("")})
    rolled.apply().assert_ok()

    stop = rolled.run("stop", "sale", "--why", "wrong price", "--by", "lin").assert_ok()
    status = rolled.run("status").assert_ok()
    lifted = rolled.run("continue", "sale", "--why", "all was sent").assert_ok()

    assert stop.out == (
        "sale@1 is stopped: wrong price\n"
        "Nothing of it was left to send.\n"
        "To take back what was sent: pushspec recall sale -e test\n"
    )
    assert "\n  = sale@1 " in status.out
    assert "blocked" not in status.out
    assert "stopped by lin: wrong price" in status.out
    assert lifted.out == "sale@1 is no longer stopped: all was sent\nNothing of it is left to send.\n"


def test_status_shows_a_campaign_that_was_stopped_before_its_first_call(rolled: ServedProject) -> None:
    """Who comes back in the morning sees that it is held back, by whom and why, and how it goes on."""
    rolled.write({"campaigns/sale.yaml": sale("")})
    rolled.run("stop", "sale", "--why", "wrong price", "--by", "lin").assert_ok()

    status = rolled.run("status").assert_ok().out
    (stopped,) = json.loads(rolled.run("status", "--offline", "--format", "json").out)["stopped_unsent"]

    assert "\n  ! sale@1  nothing of it was sent yet\n            stopped by lin: wrong price\n" in status
    assert "\n1 campaign, 0 calls in doubt\n" in status
    assert status.endswith('\nNext: pushspec continue sale -e test --why "WHY"\n')
    assert (stopped["key"], stopped["by"], stopped["why"]) == ("sale@1", "lin", "wrong price")

    rolled.write({"campaigns/sale.yaml": sale("", version=2)})
    rolled.apply().assert_ok()
    assert "sale@1" not in rolled.run("status").out, "a later version went, so nobody waits for this one"


@pytest.mark.parametrize("name", ["sale", "sale@1"])
def test_stop_and_continue_take_a_name_with_and_without_its_version(rolled: ServedProject, name: str) -> None:
    """Every screen says sale@1, so that is what people type back."""
    for _ in range(2):
        assert "sale@1 is stopped" in rolled.run("stop", name, "--why", "wait").assert_ok().out
        assert "sale@1 goes on" in rolled.run("continue", name, "--why", "go").assert_ok().out
        rolled.apply().assert_ok()
    unknown = rolled.run("stop", "sale@2", "--why", "wait")

    assert (unknown.code, "there is no campaign 'sale@2'" in unknown.err) == (2, True)
    rolled.write({"campaigns/sale.yaml": sale(version=2)})
    assert "sale@1 is stopped" in rolled.run("stop", "sale@1", "--why", "an old one").assert_ok().out


def test_show_tells_which_number_stopped_a_campaign(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """The policy rollout sends people there: they decide by what was found and what was allowed."""
    one_at_a_time(rolled)
    push_service.answer = refuse(0.2)
    rolled.apply()

    out = rolled.run("show", "sale").assert_ok().out
    stop = json.loads(rolled.run("show", "sale", "--format", "json").out)["stop"]

    assert re.search(r"\n  stopped   2\S+ \S+ after stage canary: refused 6 of 30 \(must be < 5%\)\n", out)
    assert (stop["stage"], stop["by"]) == ("canary", "")
    assert stop["evidence"] == {"refused": {"found": 6, "of": 30}}


def test_show_tells_who_stopped_a_campaign_and_who_opened_a_gate(
    rolled: ServedProject, machine: Machine
) -> None:
    """Whoever looks at one campaign finds there who decided what, and when."""
    rolled.apply().assert_ok()
    rolled.run("continue", "sale", "--why", "looks well", "--by", "ada").assert_ok()
    rolled.run("stop", "sale", "--why", "wrong price", "--by", "lin").assert_ok()

    out = rolled.run("show", "sale@1").assert_ok().out
    recorded = json.loads(rolled.run("show", "sale", "--format", "json").out)

    assert re.search(r"\n  gate      2\S+ \S+, stage half opened by ada: looks well\n", out)
    assert re.search(r"\n  stopped   2\S+ \S+ by lin: wrong price\n", out)
    assert (recorded["stop"]["by"], recorded["stop"]["why"]) == ("lin", "wrong price")
    assert [(it["opens"], it["by"]) for it in recorded["gates"]] == [("half", "ada")]


def test_show_of_what_was_stopped_before_its_first_call_says_so(rolled: ServedProject) -> None:
    """It has no records of calls to show, and is no name that nobody knows."""
    rolled.run("stop", "sale", "--why", "wrong price").assert_ok()

    shown = rolled.run("show", "sale")

    assert shown.code == 2
    assert "nothing of sale@1 was sent yet, and it is stopped" in shown.err


def test_the_last_stage_of_one_campaign_names_no_next_step_because_others_wait(
    rolled: ServedProject, machine: Machine
) -> None:
    """The same command again would say that nothing is to send: what waits was not asked for."""
    short = "rollout:\n  - {stage: canary, share: 10%}\n  - {stage: rest}\n"
    other = sale().replace("name: sale", "name: other").replace("Today", "Tomorrow")
    rolled.write({"campaigns/sale.yaml": sale(short), "campaigns/other.yaml": other})
    first = rolled.apply().assert_ok()

    last = rolled.run("apply", "sale", "--confirm", rolled.plan_json("sale")["digest"]).assert_ok()

    assert "Next: pushspec apply -e test" in first.out
    assert "other@1" in first.out
    assert rolled.states() == {"sale": "sent", "other": "waiting"}
    assert "Next:" not in last.out
    assert "other@1" not in last.out


def test_what_was_tested_is_what_goes_on(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """A new text, or new conditions, in the middle are refused until the version is raised."""
    rolled.apply().assert_ok()
    sent = len(push_service.received)
    machine.wait(hours=1)

    for changed in (
        sale(title="Bigger sale"),
        sale(STAGES.replace("5%", "50%")),
        sale(STAGES.replace("40%", "41%")),
    ):
        rolled.write({"campaigns/sale.yaml": changed})
        assert rolled.states() == {"sale": "changed"}
        assert rolled.run("continue", "sale", "--why", "new").code == 6
        assert rolled.run("apply", "sale").code == 6
    assert len(push_service.received) == sent


def test_a_saved_plan_is_for_all_stages_and_a_digest_for_one_run(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """CI applies the plan that was reviewed until the last stage has left."""
    rolled.run("plan", "-o", "plan.json").assert_ok()
    digest = rolled.plan_json()["digest"]
    rolled.run("apply", "plan.json").assert_ok()
    machine.wait(hours=2)

    assert rolled.run("apply", "--confirm", digest).code == 6
    rolled.run("apply", "plan.json").assert_ok()
    machine.wait(hours=2)
    rolled.run("apply", "plan.json").assert_ok()

    assert sorted(reached(push_service)) == sorted(PEOPLE)


def test_a_stage_that_nobody_came_back_for_is_overdue(rolled: ServedProject, machine: Machine) -> None:
    """Schedules of code hosts are late or switched off; status says since when."""
    rolled.apply().assert_ok()
    machine.wait(hours=4)

    out = rolled.run("status").assert_ok().out

    assert "stage half: was due 3 h 30 min ago" in out
    assert json.loads(rolled.run("status", "--format", "json").out)["campaigns"][0]["next_stage"] == "half"


def test_a_plan_warns_where_the_last_stage_comes_too_late(rolled: ServedProject, machine: Machine) -> None:
    """Window and saved plan end before the last gate can open: better known now than tomorrow."""
    end = (machine.now(UTC) + timedelta(hours=1)).isoformat()
    rolled.write({"campaigns/sale.yaml": sale(STAGES + f'schedule: {{not_after: "{end}"}}\n')})
    assert "and the window ends" in " ".join(rolled.run("plan").out.split())

    rolled.write({"campaigns/sale.yaml": sale(STAGES.replace("hold: 1h", "hold: 30h"))})
    assert "a plan saved now is good for" in " ".join(rolled.run("plan").out.split())


def test_the_log_tells_who_opened_what(rolled: ServedProject, machine: Machine) -> None:
    """A reader of the log finds verdicts with their numbers and names."""
    rolled.apply().assert_ok()
    rolled.run("stop", "sale", "--why", "wait", "--by", "lin").assert_ok()
    rolled.run("continue", "sale", "--why", "go", "--by", "ada").assert_ok()

    out = rolled.run("log").assert_ok().out

    assert "stage half waits: holds for 30 min after canary" in out
    assert "stopped by lin: wait" in out
    assert "stage half opened by ada: go" in out


def test_a_call_that_reached_nobody_opens_no_gate(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """A canary that the service refused as a whole has shown nothing."""
    stages = "rollout:\n  - {stage: canary, share: 10%}\n  - {stage: rest}\n"
    rolled.write(
        {
            "pushspec.yaml": (rolled.root / "pushspec.yaml").read_text() + "policy: {max_refused: 100%}\n",
            "campaigns/sale.yaml": sale(stages),
        }
    )
    push_service.answer = refuse(1)
    rolled.apply()
    sent = len(push_service.received)
    push_service.answer = lambda _: {}

    assert rolled.run("apply", "sale").code == 6
    campaign = rolled.plan_json()["campaigns"][0]
    assert "nothing of canary was sent" in campaign["reason"]
    assert [stage["state"] for stage in campaign["rollout"]["stages"]] == ["refused", "stopped"]
    assert re.search(r"stage canary: .* calls: refused\n", rolled.run("plan").out)
    assert len(push_service.received) == sent


def test_a_stage_in_doubt_is_not_called_sent(
    rolled: ServedProject, push_service: PushService, machine: Machine
) -> None:
    """Nothing of it is left to send, and nobody knows whether anybody got it."""
    stages = "rollout:\n  - {stage: canary, share: 10%}\n  - {stage: rest}\n"
    rolled.write({"campaigns/sale.yaml": sale(stages, people=PEOPLE[:200])})
    push_service.answer = lambda _: 502
    rolled.apply()
    stages = rolled.plan_json()["campaigns"][0]["rollout"]["stages"]
    assert [stage["state"] for stage in stages] == ["in doubt", "waiting"]
