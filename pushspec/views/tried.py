"""What became of a try: in a plan a line, after the try a line for each tester and device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.lockfile.histories import CallState
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.tencent.makers import MAKERS
from pushspec.text import counted, listed
from pushspec.timestamps import span_text
from pushspec.views.apply_question import YES, Question
from pushspec.views.recorded import outcome_said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.api.trying import TesterTrace, TryResult
    from pushspec.apply.trial import TriedCall
    from pushspec.operate.report_person import DeviceStory
    from pushspec.plan.build import Plan
    from pushspec.plan.calls import Call
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.trial import Trial, TrialCall
    from pushspec.views.commands import Typed

FEW = 3
"""How many campaigns say themselves that they were not tried."""


def tried_texts(campaign: PlannedCampaign, plan: Plan) -> list[str]:
    """Return whether what a campaign says was tried, where testers are named and nothing was sent yet."""
    if _is_untried(campaign, plan):
        return [say("not tried")]
    last = campaign.last_try
    if last is None or not campaign.progress.remaining or campaign.progress.begun_digest:
        return []
    ago = span_text(max(0, (plan.made_at - last.at).total_seconds()))
    if last.devices is None:
        return [
            say(
                "tried {ago} ago by {by} on {testers}",
                ago=ago,
                by=printable(last.by),
                testers=counted(last.testers, "tester"),
            )
        ]
    devices = counted(last.devices, "device")
    return [
        say(
            "tried {ago} ago by {by} on {devices}, {reached} reached",
            ago=ago,
            by=printable(last.by),
            devices=devices,
            reached=last.reached,
        )
    ]


def untried_keys(plan: Plan) -> Sequence[str]:
    """Return the campaigns that were not tried, where they are so many that a view says it once for all."""
    keys = [campaign.key for campaign in plan.campaigns if _is_untried(campaign, plan)]
    return keys if len(keys) > FEW else ()


def _is_untried(campaign: PlannedCampaign, plan: Plan) -> bool:
    """Whether testers are named, nothing was sent yet but may be, and nobody tried it."""
    is_open = bool(campaign.progress.remaining) and not campaign.progress.begun_digest
    may_leave = is_open and campaign.state is not CampaignState.EXPIRED
    return may_leave and campaign.last_try is None and plan.environment.testers is not None


def trial_text(trial: Trial, environment: str) -> str:
    """Return what a try sends, and to whom."""
    accounts = trial.testers.accounts
    testers = counted(len(accounts), "tester")
    who = say("{testers}: {accounts}", testers=testers, accounts=listed(map(printable, accounts)))
    lines = [
        f"{trial.campaign_key} · {say('try in {environment}', environment=environment)} · {who}",
        *(
            say(
                "  {endpoint}{what}, {size:,} bytes",
                endpoint=it.call.endpoint.name,
                what=_what(it),
                size=len(it.call.body),
            )
            for it in trial.calls
        ),
    ]
    if trial.left_out:
        keys = listed(trial.left_out)
        lines.append(say("  without {keys}, which no call to listed accounts carries", keys=keys))
    lines.append(say("  Window and quiet hours do not apply to a try. It never counts as the send."))
    return "\n".join([*lines, say("Content: digest {digest}", digest=trial.digest[:12])]) + "\n"


def question_to_try(trial: Trial, environment: str) -> Question:
    """Return the question before a try is sent."""
    return Question(
        say(
            "Send it to {testers} in {environment}? [y/N]: ",
            testers=counted(len(trial.testers.accounts), "tester"),
            environment=environment,
        ),
        YES,
    )


def can_be_followed(call: Call) -> bool:
    """Whether the service names a task for a call, by which it can be asked how far it came."""
    return call.endpoint.answer_id == "TaskId"


def result_text(result: TryResult) -> str:
    """Return what became of a try."""
    return "\n".join(_lines(result)) + "\n"


def next_line(result: TryResult, typed: Typed) -> str:
    """Return the line with the next command: the plan, which names its own; or the try that not all got."""
    step = typed.about("plan", *typed.names) if result.is_sent else typed.again("try")
    return say("Next: {step}", step=step) + "\n"


def _lines(result: TryResult) -> Iterator[str]:
    for tried in result.calls:
        yield f"  {_outcome_text(tried)}"
        for code, accounts in tried.outcome.refused.items():
            who = listed(map(printable, accounts))
            yield say("      refused with {code}: {who} (pushspec explain {code})", code=code, who=who)
        call = tried.trial.call
        # Below its own call: a text that was lost must not be taken for one that arrived.
        yield from (line for it in result.traces if it.key == call.key for line in _trace_lines(it, call))
        if result.is_followed and tried.outcome.state is CallState.SENT and not can_be_followed(call):
            yield say(
                "  ? not followed: {endpoint} names no task; look on the phones",
                endpoint=call.endpoint.name,
            )
    for left in result.trial.calls[len(result.calls) :]:
        yield say("  ! {key}  not sent: the call before it was refused", key=left.call.key)


def _outcome_text(tried: TriedCall) -> str:
    call, outcome = tried.trial.call, tried.outcome
    match outcome.state:
        case CallState.SENT:
            refused = sum(map(len, outcome.refused.values()))
            more = say(", {refused} refused", refused=refused) if refused else ""
            return say(
                "+ {key}  sent to {testers}{more}{what}",
                key=call.key,
                testers=counted(len(call.accounts), "tester"),
                more=more,
                what=_what(tried.trial),
            )
        case CallState.IN_DOUBT:
            return say(
                "? {key}  nobody knows whether it left: {text}",
                key=call.key,
                text=printable(outcome_said(outcome.text)),
            )
        case _:
            return say("! {key}  not sent: {text}", key=call.key, text=printable(outcome_said(outcome.text)))


def _trace_lines(trace: TesterTrace, call: Call) -> Iterator[str]:
    who = printable(trace.account)
    if not trace.is_known:
        yield f"  ? {who}  {printable(said(trace.why))}"
    elif not trace.devices and call.endpoint.to_browsers:
        yield say(
            "  ? {who}  the service names no browser of theirs: log in on a page with the web push SDK",
            who=who,
        )
    elif not trace.devices:
        yield say(
            "  ? {who}  the service names no device of theirs: log in on a phone with the push SDK", who=who
        )
    for device in trace.devices:
        yield from _device_lines(who, device, say("a browser") if call.endpoint.to_browsers else "")


def _device_lines(who: str, device: DeviceStory, what: str) -> Iterator[str]:
    """Yield how far a push came to a device of a phone maker, or to what else it is."""
    name = MAKERS.get(device.platform or "", device.platform or "")
    maker = name or what or device.channel or say("a device")
    last = next((step for step in device.steps if step.is_done is False and step.advice), None)
    done = [step for step in device.steps if step.is_done]
    if last is not None:
        words = say("{name}: {words}", name=maker, words=printable(said(last.text)))
        yield f"  ! {who}  {words}"
        yield f"      {printable(said(last.advice))}"
    elif done:
        mark = "=" if done[-1].name in {"reached", "opened"} else "…"
        words = say("{name}: {words}", name=maker, words=printable(said(done[-1].text)))
        yield f"  {mark} {who}  {words}"
    else:
        yield say("  ? {who}  {maker}: the service does not say how far it came", who=who, maker=maker)


def _what(trial: TrialCall) -> str:
    return f" ({trial.what})" if trial.what else ""
