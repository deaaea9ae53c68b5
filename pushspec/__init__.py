"""Push as code: reviewed campaign files become pushes that are sent once.

The library, of which each name is loaded when it is first used; ``docs/python.md`` shows it::

    project = pushspec.load_project("acme-push", environment="prod")
    plan = pushspec.build_plan(project)
    result = pushspec.apply_plan(project, approval=plan.digest)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushspec.api.approval import load_saved_plan
    from pushspec.api.lockfile import begin_lockfile, read_lockfile
    from pushspec.api.planning import build_plan
    from pushspec.api.project import LoadedProject, load_project
    from pushspec.api.running import apply_plan, apply_plan_async
    from pushspec.api.stopping import StopSignal
    from pushspec.apply.classify import CallOutcome
    from pushspec.apply.result import RunResult, Stop
    from pushspec.apply.run import Provenance, Reporter, SilentReporter
    from pushspec.clock import Clock, SystemClock
    from pushspec.errors import (
        BrokenInvariantError,
        CredentialsError,
        DamagedLockfileError,
        FencedError,
        InDoubtError,
        LockError,
        MissingLockfileError,
        PushspecError,
        RefusedError,
        ServiceError,
        SpecError,
        UsageError,
    )
    from pushspec.lockfile.histories import CallHistory, CallState, CampaignHistory, TaskHistory
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan
    from pushspec.plan.calls import Call
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.saved import SavedPlan
    from pushspec.plan.schedules import Step
    from pushspec.plan.states import CampaignState
    from pushspec.problems import Level, Location, Problem

__version__ = "0.1.0"

__all__ = [
    "BrokenInvariantError",
    "Call",
    "CallHistory",
    "CallOutcome",
    "CallState",
    "CampaignHistory",
    "CampaignState",
    "Clock",
    "CredentialsError",
    "DamagedLockfileError",
    "FencedError",
    "InDoubtError",
    "Journal",
    "Level",
    "LoadedProject",
    "Location",
    "LockError",
    "LockState",
    "MissingLockfileError",
    "Plan",
    "PlannedCampaign",
    "Problem",
    "Provenance",
    "PushspecError",
    "RefusedError",
    "Reporter",
    "RunResult",
    "SavedPlan",
    "ServiceError",
    "SilentReporter",
    "SpecError",
    "Step",
    "Stop",
    "StopSignal",
    "SystemClock",
    "TaskHistory",
    "UsageError",
    "__version__",
    "apply_plan",
    "apply_plan_async",
    "begin_lockfile",
    "build_plan",
    "load_project",
    "load_saved_plan",
    "read_lockfile",
]

_HOMES = {
    "api.approval": "load_saved_plan",
    "api.lockfile": "begin_lockfile read_lockfile",
    "api.planning": "build_plan",
    "api.project": "LoadedProject load_project",
    "api.running": "apply_plan apply_plan_async",
    "api.stopping": "StopSignal",
    "apply.classify": "CallOutcome",
    "apply.result": "RunResult Stop",
    "apply.run": "Provenance Reporter SilentReporter",
    "clock": "Clock SystemClock",
    "errors": (
        "BrokenInvariantError CredentialsError DamagedLockfileError FencedError InDoubtError LockError"
        " MissingLockfileError PushspecError RefusedError ServiceError SpecError UsageError"
    ),
    "lockfile.histories": "CallHistory CallState CampaignHistory TaskHistory",
    "lockfile.journal": "Journal",
    "lockfile.state": "LockState",
    "plan.build": "Plan",
    "plan.calls": "Call",
    "plan.planned": "PlannedCampaign",
    "plan.saved": "SavedPlan",
    "plan.schedules": "Step",
    "plan.states": "CampaignState",
    "problems": "Level Location Problem",
}
"""The modules of the library, and the names that each of them gives."""

_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Load a name of the library when it is first used, so that ``pushspec --help`` loads click alone."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'pushspec' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"pushspec.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
