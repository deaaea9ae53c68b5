"""The status of an environment as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.views.json_text import json_text
from pushspec.views.status import with_ended_recalls
from pushspec.views.task_doubt import task_doubt_json
from pushspec.views.tasks import schedule_json, task_outcome_text

if TYPE_CHECKING:
    from pushspec.api.evidence import Evidence, Findings
    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.state import Run
    from pushspec.lockfile.status import CampaignStatus, Doubt, Status

FORMAT_VERSION = 1


def status_json(status: Status, *, environment: str, lock: str, findings: Findings | None = None) -> str:
    """Return what ``status_text`` shows, as JSON."""
    evidence = findings.evidence if findings is not None else {}
    view = {
        "format_version": FORMAT_VERSION,
        "environment": environment,
        "lock": lock,
        "frozen": status.frozen_reason,
        "settled_by_evidence": dict(findings.settled) if findings is not None else {},
        "tasks_settled": (
            {key: task_outcome_text(record) for key, record in findings.tasks.settled.items()}
            if findings is not None
            else {}
        ),
        "run": _run_view(status.run),
        "dead_run": _run_view(status.dead_run),
        "campaigns": [_campaign_view(campaign) for campaign in with_ended_recalls(status).campaigns],
        "stopped_unsent": [
            {"key": stop.campaign, "by": stop.by, "why": stop.why, "at": stop.at.isoformat()}
            for stop in status.stopped
        ],
        "schedules": [
            schedule_json(it, findings.drift.get(it.key, ()) if findings is not None else ())
            for it in status.schedules
        ],
        "tasks_in_doubt": [
            task_doubt_json(task, findings.tasks.unsettled if findings is not None else {})
            for task in status.task_doubts
        ],
        "in_doubt": [_doubt_view(doubt, evidence.get(doubt.call.key)) for doubt in status.doubts],
    }
    return json_text(view)


def _campaign_view(campaign: CampaignStatus) -> dict[str, object]:
    return {
        "key": campaign.key,
        "finished": campaign.is_finished,
        "calls": {state.value: number for state, number in campaign.counts.items()},
        "left": campaign.left,
        "refused_accounts": campaign.refused_accounts,
        "recalls": {state.value: number for state, number in campaign.recalls.items()},
        "conflict": campaign.conflict.why if campaign.conflict is not None else "",
        "stopped": campaign.stop.why if campaign.stop is not None else "",
        "next_stage": campaign.gate.opens if campaign.gate is not None else "",
        "next_stage_at": _moment(campaign.gate),
        "hours": [
            {
                "name": hour.name,
                "opens_at": hour.opens_at.isoformat(),
                "closes_at": hour.closes_at.isoformat(),
                "left": hour.left,
            }
            for hour in campaign.hours
        ],
    }


def _doubt_view(doubt: Doubt, evidence: Evidence | None) -> dict[str, object]:
    return {
        "key": doubt.call.key,
        "endpoint": doubt.call.endpoint,
        "accounts": doubt.call.accounts,
        "audience": doubt.audience,
        "intended_at": doubt.call.intended_at.isoformat(),
        "not_after": doubt.call.not_after.isoformat(),
        "resolvable_at": doubt.resolvable_at.isoformat(),
        "text": doubt.call.text,
        "evidence": _evidence_view(evidence),
    }


def _moment(gate: Gate | None) -> str | None:
    return gate.opens_at.isoformat() if gate is not None and gate.opens_at is not None else None


def _evidence_view(evidence: Evidence | None) -> dict[str, object] | None:
    """Return what was found out, without the people; None where nobody looked."""
    if evidence is None:
        return None
    return {
        "people_in_window": evidence.people_in_window,
        "tasks": [
            {
                "task_id": sighting.task_id,
                "began_at": sighting.began_at.isoformat() if sighting.began_at is not None else None,
                "data_id_is_alone": sighting.is_alone,
                "is_undisputed": sighting.is_undisputed,
                "names_account": sighting.names_account,
                "is_in_time": sighting.is_in_time,
                "has_waited": sighting.has_waited,
                "known_by": sighting.known_by or None,
                "people": sighting.counted,
                "is_proof": sighting.is_proof,
            }
            for sighting in evidence.sightings
        ],
    }


def _run_view(run: Run | None) -> dict[str, str] | None:
    if run is None:
        return None
    return {
        "run": run.run_id,
        "holder": run.holder,
        "purpose": run.purpose,
        "since": run.opened_at.isoformat(),
        "lease_end": run.lease_end.isoformat(),
    }
