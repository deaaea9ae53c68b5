"""Report on one person: whom the files named, what the service traces, what callbacks told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from pushspec.api.callbacks import known_callbacks
from pushspec.api.lockfile import read_lockfile, read_refused_accounts
from pushspec.api.recipients import call_naming
from pushspec.api.report_choice import chosen_campaigns
from pushspec.api.service import open_service
from pushspec.errors import ServiceError, UsageError, message_of
from pushspec.language import phrase
from pushspec.lockfile.hidden import hidden_account
from pushspec.lockfile.histories import CallState
from pushspec.operate.report_asking import Task, reachable
from pushspec.operate.report_person import (
    DeviceStory,
    PersonStory,
    StoryStep,
    call_step,
    callback_steps,
    device_story,
    named_step,
    no_device_step,
    refused_step,
)
from pushspec.tencent.operations.asking import Asker
from pushspec.tencent.operations.statistics import ask_trace
from pushspec.web.store import CallbackStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.api.project import LoadedProject
    from pushspec.clock import Clock
    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.state import LockState
    from pushspec.tencent.callbacks import CallbackEvent

__all__ = ["DeviceStory", "PersonStory", "StoryStep", "report_person"]

_MOST_TASKS = 20
"""Tasks that are asked about one after the other where nobody knows which one named the person."""


def report_person(
    project: LoadedProject, name: str, account: str, *, clock: Clock, environ: Mapping[str, str]
) -> PersonStory:
    """Report what became of a campaign for one person; nothing of it is recorded.

    Args:
        project: The project, at the environment.
        name: The campaign, or ``name@version``; the newest version of a name.
        account: The person.
        clock: Tells the time and waits.
        environ: Where the secret is read.

    Raises:
        UsageError: The lockfile knows no such campaign, or several.
        LockError: The lockfile cannot be read.
        CredentialsError: The secret is missing, or the service refused it.
    """
    state = read_lockfile(project)
    keys = chosen_campaigns(state, [name], None)
    if len(keys) != 1:
        raise UsageError(
            phrase(
                "{name} means {number} campaigns: {keys}", name=name, number=len(keys), keys=", ".join(keys)
            ),
            hint=phrase("name one of them"),
        )
    looking = _Looking(project, state, keys[0], account, clock)
    return anyio.run(looking.story, environ)


@dataclass(slots=True)
class _Looking:
    project: LoadedProject
    state: LockState
    campaign: str
    account: str
    clock: Clock

    async def story(self, environ: Mapping[str, str]) -> PersonStory:
        refused = self._refused()
        found = call_naming(self.project, self.state, self.campaign, self.account)
        key = refused[0] if refused is not None else found.key
        is_listed = self.state.campaigns[self.campaign].begin.accounts > 0
        named = named_step(self.account, key, is_certain=found.is_certain, is_listed=is_listed)
        story = PersonStory(self.account, self.campaign, key, self._task_id(key), (named,))
        if refused is not None:
            return replace(story, steps=(named, refused[1]))
        if named.is_done is False:
            return story
        if key is not None:
            call = self.state.calls[key]
            step = call_step(call, self._state_of(call))
            story = replace(story, steps=(named, step))
            if not step.is_done:
                return story
        return await self._traced(story, environ)

    def _refused(self) -> tuple[str, StoryStep] | None:
        """Return the call that named the person and was answered with a refusal of them."""
        journal = self.state.header.journal if self.state.header is not None else ""
        recorded = {self.account, hidden_account(self.account, journal)}
        for refused in read_refused_accounts(self.project):
            call = self.state.calls[refused.key]
            if refused.account in recorded and call.campaign == self.campaign:
                return call.key, refused_step(self.account, refused.code, call.endpoint)
        return None

    def _task_id(self, key: str | None) -> str | None:
        return None if key is None else self.state.calls[key].ids.task_id

    def _state_of(self, call: CallHistory) -> CallState:
        doubted = self.state.doubted | self.state.under_way
        return CallState.IN_DOUBT if call.key in doubted else call.state

    async def _traced(self, story: PersonStory, environ: Mapping[str, str]) -> PersonStory:
        tasks, warnings = self._tasks(story.call)
        is_learnt = True
        try:
            task, devices = await self._ask(tasks, environ)
        except ServiceError as error:
            task, devices, is_learnt = None, (), False
            warnings = [*warnings, message_of(error)]
        hints, more = self._hints([task] if task is not None else tasks)
        steps = (*story.steps, *hints)
        if tasks and not devices and is_learnt:
            steps = (*steps, no_device_step(self.account))
        if task is not None:
            story = replace(story, call=task.key, task_id=task.task_id)
        return replace(story, steps=steps, devices=devices, warnings=(*warnings, *more), is_learnt=is_learnt)

    async def _ask(
        self, tasks: Sequence[Task], environ: Mapping[str, str]
    ) -> tuple[Task | None, tuple[DeviceStory, ...]]:
        """Return the first task that the service traces for the person, and the way to each device."""
        if not tasks:
            return None, ()
        async with open_service(self.project, now=self.clock.now, environ=environ) as service:
            asker = Asker(service, limits=self.project.environment.limits, clock=self.clock)
            for task in tasks:
                traces = await ask_trace(asker, task.task_id, self.account)
                if traces:
                    return task, tuple(device_story(trace) for trace in traces)
        return None, ()

    def _tasks(self, key: str | None) -> tuple[list[Task], list[str]]:
        """Return the tasks to ask about, and why there are none or too many."""
        calls = [call for call in self.state.calls_of(self.campaign) if key in {None, call.key}]
        found = [
            Task(call.key, call.ids.task_id, call.intended_at)
            for call in calls
            if call.state is CallState.SENT and call.ids.task_id is not None
        ]
        near = reachable(
            found, range_s=self.project.environment.limits.loss_range_s.value, now=self.clock.now()
        )
        if not found:
            return [], [phrase("no call of it has a task, and the service traces nothing else")]
        if not near:
            return [], [phrase("the service traces the last 7 days only")]
        if len(near) > _MOST_TASKS:
            return [], [
                phrase(
                    "the files do not tell which of {near:,} calls named {account}",
                    near=len(near),
                    account=self.account,
                )
            ]
        return near, []

    def _hints(self, tasks: Sequence[Task]) -> tuple[tuple[StoryStep, ...], list[str]]:
        """Return what callbacks told about the person, and why that cannot be read."""
        events: list[CallbackEvent] = []
        try:
            with known_callbacks(self.project) as store:
                if store is not None:
                    events = [
                        event
                        for task in tasks
                        for event in store.events(task=task.task_id, account=self.account)
                    ]
        except CallbackStoreError as error:
            return (), [message_of(error)]
        return callback_steps(events), []
