"""What the lockfile knows of one campaign, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pushspec.lockfile.state import CallState
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import local_text
from pushspec.views.outcome_text import ids_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.api.history import RecordedCampaign
    from pushspec.lockfile.reading import RefusedAccount
    from pushspec.lockfile.state import CallHistory, CampaignHistory

FORMAT_VERSION = 1
_WORDS = {CallState.INTENDED: "under way"}


def history_text(campaign: RecordedCampaign) -> str:
    """Return who sent what to whom, what became of each call, and which accounts were refused."""
    return "\n".join(_lines(*campaign)) + "\n"


def _lines(
    campaign: CampaignHistory, calls: Sequence[CallHistory], refused: Sequence[RefusedAccount]
) -> Iterator[str]:
    begin = campaign.begin
    yield f"{begin.campaign} · {begin.endpoint} · {printable(begin.audience)}"
    yield f"  file      {printable(begin.spec)}" + (f" at commit {begin.commit[:12]}" if begin.commit else "")
    yield f"  begun     {local_text(campaign.begun_at, seconds=True)} by {printable(begin.actor)}"
    if begin.run_url:
        yield f"  run       {printable(begin.run_url)}"
    is_finished = campaign.end is not None or sum(call.is_settled for call in calls) == begin.calls
    finished = "yes" if is_finished else "no"
    yield f"  finished  {finished}, {len(calls)} of {begin.calls} calls tried"
    yield ""
    for call in calls:
        yield f"  {call.key}  {_WORDS.get(call.state, call.state)}{_call_text(call)}"
    if refused:
        yield ""
        yield f"  {counted(len(refused), 'account')} refused:"
        yield from (f"    {printable(account.account)}  {account.code}" for account in refused)
    for key, content in begin.contents.items():
        yield ""
        yield f"  body of {key}:"
        body = json.dumps(content, ensure_ascii=False, indent=2)
        yield from (f"    {printable(line)}" for line in body.split("\n"))


def _call_text(call: CallHistory) -> str:
    words = [
        ids_text(call.ids),
        f"code {call.code}" if call.code is not None else "",
        call.text,
        f"{call.attempts} attempts" if call.attempts > 1 else "",
    ]
    said = ", ".join(printable(word) for word in words if word)
    return f"  {said}" if said else ""


def history_json(campaign: RecordedCampaign) -> str:
    """Return the same as JSON."""
    history, calls, refused = campaign
    view = {
        "format_version": FORMAT_VERSION,
        "begin": history.begin.model_dump(mode="json"),
        "end": history.end.model_dump(mode="json") if history.end is not None else None,
        "calls": [
            {
                "key": call.key,
                "state": call.state.value,
                "attempts": call.attempts,
                **asdict(call.ids),
                "code": call.code,
                "text": call.text,
                "sent_at": call.sent_at.isoformat() if call.sent_at is not None else None,
            }
            for call in calls
        ],
        "refused_accounts": [account._asdict() for account in refused],
    }
    return json.dumps(view, ensure_ascii=False, indent=2) + "\n"
