"""The stages of a campaign, a row each: who, how many, when it may leave, and under which condition."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.plan.hour_progress import made_state
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.spec.shares import share_of
from pushspec.text import counted
from pushspec.timestamps import span_text
from pushspec.views.estimates import about_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.plan.planned import PlannedCampaign
    from pushspec.spec.rollout import Stage


_STATES = {
    "sent": phrase("sent"),
    "refused": phrase("refused"),
    "in doubt": phrase("in doubt"),
    "due": phrase("due"),
    "waiting": phrase("waiting"),
    "stopped": phrase("stopped"),
}


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage as views show it.

    Attributes:
        stage: The stage as written.
        accounts: How many accounts it reaches; 0 for a tag.
        accounts_so_far: The same, with those of the stages before it.
        calls: How many calls it makes.
        left: How many of them are still to be made.
        state: ``sent``, ``due``, ``waiting`` or ``stopped``.
        when: When it may leave, in words; empty of one that is sent.
    """

    stage: Stage
    accounts: int
    accounts_so_far: int
    calls: int
    left: int
    state: str
    when: str


def stage_rows(campaign: PlannedCampaign) -> list[StageRow]:
    """Return the stages in order; none of a campaign without a rollout."""
    rollout, table = campaign.progress.rollout, campaign.sending.table
    remaining, rows, so_far = set(campaign.progress.remaining), list[StageRow](), 0
    for number, stage in enumerate(rollout.stages):
        keys = table.keys_of_stage(number)
        accounts = sum(len(group.accounts) for group in table.groups if group.stage == number)
        so_far += accounts
        left = len(remaining.intersection(keys))
        state, when = _standing(campaign, number) if left else (_made_state(campaign, keys), "")
        rows.append(StageRow(stage, accounts, so_far, len(keys), left, state, when))
    return rows


def stage_texts(campaign: PlannedCampaign) -> list[str]:
    """Return a line for each stage, the same in every view."""
    texts, total = [], Decimal(0)
    for row in stage_rows(campaign):
        share = share_of(row.stage.share) if row.stage.share is not None else 1 - total
        total += share
        texts.append(_text(campaign, row, share, total))
    return texts


def _text(campaign: PlannedCampaign, row: StageRow, share: Decimal, total: Decimal) -> str:
    stage = row.stage
    if stage.tag is not None:
        who = say("people with the tag {tag}", tag=printable(stage.tag))
    elif row.accounts:
        so_far = (
            say(
                ", {accounts} so far ({percent})",
                accounts=about_text(f"{row.accounts_so_far:,}", campaign),
                percent=_percent(total),
            )
            if share != total
            else ""
        )
        accounts = about_text(counted(row.accounts, "account"), campaign)
        who = say("{accounts} ({percent}){so_far}", accounts=accounts, percent=_percent(share), so_far=so_far)
    else:
        who = say("the rest")
    is_partly = row.left not in {0, row.calls}
    calls = (
        say("{left} of {calls} calls left", left=row.left, calls=row.calls)
        if is_partly
        else about_text(counted(row.calls, "call"), campaign)
    )
    return say(
        "stage {stage}: {who}, {calls}: {when}",
        stage=stage.stage,
        who=who,
        calls=calls,
        when=printable(row.when) or said(_STATES[row.state]),
    )


def _percent(share: Decimal) -> str:
    text = f"{share * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def _made_state(campaign: PlannedCampaign, keys: Sequence[str]) -> str:
    progress = campaign.progress
    refused, doubted = ({call.key for call in calls} for calls in (progress.refused, progress.in_doubt))
    return made_state(keys, refused=refused, doubted=doubted)


def _standing(campaign: PlannedCampaign, number: int) -> tuple[str, str]:
    """Return the state of a stage, and when it may leave."""
    rollout = campaign.progress.rollout
    if rollout.stop_text:
        return "stopped", say("stopped")
    if number < rollout.open_stages:
        is_due = campaign.state is CampaignState.SEND
        return "due", say("leaves now") if is_due else say("leaves with the campaign")
    gate = rollout.gate
    if number == rollout.current + 1 and gate is not None and gate.is_sent:
        return "waiting", say("waits, {why}", why=gate.why)
    return "waiting", _condition_text(rollout.stages[number - 1])


def _condition_text(before: Stage) -> str:
    """Say what opens the stage behind another: ``30 min after canary, if refused < 5%``."""
    after = (
        say("{span} after {stage}", span=span_text(before.hold), stage=before.stage)
        if before.hold
        else say("after {stage}", stage=before.stage)
    )
    texts = [f"{measure} {text}" for measure, text in before.condition_texts().items()]
    if not texts:
        return say("{after}, with the next apply", after=after)
    return say(
        "{after}, if {texts}, known of at least {min_count:,} people",
        after=after,
        texts=say(" and ").join(texts),
        min_count=before.min_count,
    )
