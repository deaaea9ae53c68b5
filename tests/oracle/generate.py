"""Draws histories from a seed: a project, and edits, plans and applies that follow each other."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from oracle.approvals import APPROVERS, SIGNERS
from oracle.draw_beside import draw_beside
from oracle.draw_hours import draw_hours
from oracle.draw_lists import ListMaker
from oracle.draw_shares import draw_shares
from oracle.draw_stages import draw_stages
from oracle.history import (
    Apply,
    Approve,
    Change,
    Delete,
    Drop,
    Freeze,
    History,
    Move,
    Plan,
    Put,
    PutBack,
    Rename,
    Spoil,
    SwapPlan,
    Unmerge,
    Wait,
    as_yaml,
    from_yaml,
)
from oracle.machine import START
from oracle.not_yet import is_drawn
from oracle.service import REPLIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oracle.history import Edit, Step

ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York")
_MINUTES = (1, 1, 2, 5, 31, 120, -90)
_RULES: tuple[list[dict[str, Any]], ...] = (
    [{"people": 1}],
    [{"people": 2}],
    [{"people": 1, "when": {"everyone": True}}, {"people": 2, "when": {"accounts": 3}}],
    [{"people": 2, "when": {"tags": True}}, {"people": 1, "when": {"attributes": True}}],
)
_IN_GIT = 0.08
"""Share of histories in a git repository; git makes each step slow."""
_NAMES = ("hello", "spring-sale", "news", "zoo")
_TITLES = (
    "{{ brand }} deal %d",
    "Deal %d for {{ campaign.name }}",
    "{{ greeting }}, deal %d",
    "第 %d 期 {{brand}}",
)
_DESCS = ("Until noon.", "{{ greeting }} {{ environment }}", "v{{ campaign.version }}", "Only “today”")
_PERSONAL = ("Hallo {{ user.lang }}", "{{ user.tier }} in {{ user.lang }}")


def draw_history(seed: int) -> History:
    """Return the history of a seed."""
    return _Draw(seed).history()


class _Draw:
    """Draws one history."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.git_chance = random.Random(f"git {seed}")
        self.in_git = self.git_chance.random() < _IN_GIT
        self.shares = random.Random(f"shares {seed}")  # so that histories without shares stay as they were
        self.stages = random.Random(f"stages {seed}")
        self.hours = random.Random(f"hours {seed}")
        self.beside = random.Random(f"beside {seed}")
        self.files: dict[str, bytes] = {}
        self.lists = ListMaker(self.chance, self.files)
        self.campaigns: list[str] = []
        self.environments = ["prod"]
        self.number = 0
        self.quiet_in_s = 0

    def history(self) -> History:
        self.project()
        for name in _NAMES[: self.chance.choice((1, 2, 2, 3, 4))]:
            self.campaign(name)
        steps = list(self.first_steps())
        steps += [step for _ in range(self.chance.randint(1, 4)) for step in self.some_steps()]
        draw_shares(self.shares, self.files, self.campaigns)
        steps = [*draw_stages(self.stages, self.files, self.campaigns), *steps]
        steps = [*draw_hours(self.hours, self.files, self.campaigns), *steps]
        if self.in_git and self.git_chance.random() < 0.5:
            steps = [*self.git_story(), *steps]
        elif self.in_git:
            self.ask_for_approvals()
            steps = [step for one in steps for step in (*self.approvals_before(one), one)]
            steps = [*self.approval_story(), *steps]
        steps.append(Apply(self.environment()))
        steps = draw_beside(self.beside, self.files, self.campaigns, steps)
        return History(self.files, tuple(steps), self.in_git)

    def first_steps(self) -> Iterator[Step]:
        """Somebody applies at once, or so late that the quiet hours begin before all is sent."""
        if self.quiet_in_s > 0 and self.sometimes(0.7):
            yield Wait(self.quiet_in_s - self.chance.randint(2, 12))
            yield Apply("prod", replies=("slow",) * 4, latency_s=self.chance.choice((0.1, 2.0)))
        elif self.sometimes(0.3):
            yield self.apply("fresh")

    def sometimes(self, share: float) -> bool:
        return self.chance.random() < share

    def environment(self) -> str:
        return self.chance.choice((*self.environments, "prod"))

    # --- the project

    def project(self) -> None:
        prod: dict[str, Any] = {
            "sdk_app_id": 1_400_000_001,
            "base_url": "http://127.0.0.1:9001",
            "secret_key": {"env": "ORACLE_KEY"},
        }
        environments = {"prod": prod}
        if self.sometimes(0.3):
            second = "other" if self.sometimes(0.5) or not is_drawn("shared-quota") else "twin"
            environments[second] = dict(prod)
            if second == "other":
                environments[second] |= {"sdk_app_id": 1_400_000_002, "base_url": "http://127.0.0.1:9002"}
            self.environments.append(second)
        for settings in environments.values():
            settings.update(self.settings())
        if self.sometimes(0.2):
            prod["lock"] = self.chance.choice(("locks/prod.lock", "p.lock"))
            self.files["locks/README"] = b"Lockfiles.\n"
        project: dict[str, Any] = {
            "apiVersion": "pushspec/v1",
            "kind": "Project",
            "name": "acme-push",
            "default_environment": "prod",
            "vars": {"brand": "ACME", "greeting": "Hi"},
            "environments": environments,
        }
        policy = {key: value for key in _POLICIES if self.sometimes(0.07) for value in [self.policy(key)]}
        if policy:
            project["policy"] = policy
        self.files["pushspec.yaml"] = as_yaml(project)

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        if self.sometimes(0.25):
            settings["limits"] = {"push_calls_per_day": self.chance.randint(1, 4)}
        if self.sometimes(0.15):
            settings["quota_day_starts"] = self.chance.choice(("00:00+08:00", "04:30+00:00", "00:00-05:00"))
        if self.sometimes(0.2):
            settings["vars"] = {"greeting": "Hello"}
        return settings

    def policy(self, key: str) -> Any:
        match key:
            case "quiet_hours":
                return self.quiet_hours()
            case "blackout_dates":
                days = (START + timedelta(days=number) for number in self.chance.sample((-1, 0, 1, 2), 2))
                return [day.date().isoformat() for day in days]
            case "timezone":
                return self.chance.choice(ZONES)
            case "max_accounts":
                return self.chance.randint(1, 6)
            case "max_push_calls_per_day":
                return self.chance.randint(0, 3)
            case "require":
                return self.chance.sample(("owner", "not_after", "labels"), 1)
            case "allowed_senders":
                return ["administrator"]
            case _:
                return [self.chance.choice(("noon", "ahoy", "better", "yo"))]

    def quiet_hours(self) -> dict[str, str]:
        zone = self.chance.choice(ZONES)
        minutes = self.chance.choice(_MINUTES)
        self.quiet_in_s = 60 * minutes
        begins = (START + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
        ends = begins + timedelta(minutes=self.chance.choice((30, 60, 600, 60 * 20)))
        return {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}", "timezone": zone}

    # --- campaigns

    def campaign(self, name: str) -> None:
        self.number += 1
        endpoint = self.chance.choice(
            (
                "timpush/push",
                "timpush/push",
                "all_member_push/im_push",
                "timpush/batch",
                "timpush/batch",
                "openim/batchsendmsg",
            )
        )
        lists = endpoint in {"timpush/batch", "openim/batchsendmsg"}
        spec: dict[str, Any] = {
            "apiVersion": "pushspec/v1",
            "kind": "Campaign",
            "name": name,
            "version": self.chance.choice((1, 1, 2, 3)),
            "endpoint": endpoint,
        }
        if len(self.environments) > 1 and ("twin" in self.environments or self.sometimes(0.3)):
            spec["environments"] = [self.chance.choice(self.environments)]
        if endpoint == "timpush/batch" or self.sometimes(0.2):
            spec["from"] = self.chance.choice(("administrator", "administrator", "ada"))
        spec["audience"] = self.lists.audience() if lists else self.condition(endpoint)
        personal = spec["audience"].get("personalize", [])
        self.content(spec, endpoint, personal)
        if self.sometimes(0.25):
            spec["schedule"] = self.schedule()
        if self.sometimes(0.3):
            spec["vars"] = {"greeting": f"Hey {name}"}
        if self.sometimes(0.6):
            spec |= {"owner": "growth", "labels": {"team": "growth"}}
        if self.sometimes(0.25):
            spec["variants"] = self.variants(endpoint, personal, lists=lists)
        if self.sometimes(0.08):
            spec["exceptions"] = [self.exception()]
        path = f"campaigns/{name}.yaml"
        self.files[path] = as_yaml(spec)
        self.campaigns.append(path)

    def exception(self) -> dict[str, str]:
        return {"policy": self.chance.choice(_LIFTABLE), "reason": "agreed with support"}

    def condition(self, endpoint: str) -> dict[str, Any]:
        tags = self.chance.sample(("vip", "beta", "股票A"), 2)
        kinds: list[dict[str, Any]] = [
            {"everyone": True},
            {"tags": {"any": tags}},
            {"tags": {"any": tags[:1]}},
            {"tags": {"all": tags}},
            {"attributes": {"any": {"city": "深圳"}}},
        ]
        if endpoint == "timpush/push":
            kinds.append({"tags": {"any": tags[:1], "not": tags[1:]}})
        else:
            kinds.append({"tags": {"any": tags[:1], "all": tags[1:]}})
        return self.chance.choice(kinds)

    def content(self, spec: dict[str, Any], endpoint: str, personal: list[str]) -> None:
        if endpoint not in {"timpush/push", "timpush/batch"}:
            spec["message"] = [{"text": self.title(personal)}]
        if endpoint in {"timpush/push", "timpush/batch"} or self.sometimes(0.5):
            spec["notification"] = {"title": self.title(personal), "desc": self.chance.choice(_DESCS)}
            if self.sometimes(0.2):
                spec["notification"]["ext"] = {"page": "/sale/{{ campaign.name }}"}
        if endpoint == "openim/batchsendmsg" and self.sometimes(0.3):
            spec["delivery"] = {"history": self.sometimes(0.5)}

    def title(self, personal: list[str]) -> str:
        usable = [
            text
            for text in _PERSONAL
            if all(f"user.{name}" not in text or name in personal for name in ("lang", "tier"))
        ]
        title = self.chance.choice(_TITLES) % self.number
        return f"{title} {self.chance.choice(usable)}" if usable and self.sometimes(0.8) else title

    def schedule(self) -> dict[str, str]:
        opens = START + timedelta(minutes=self.chance.choice((-60, -1, 1, 30, 600)))
        closes = opens + timedelta(minutes=self.chance.choice((2, 60, 1440)))
        schedule = {"not_before": opens.isoformat(), "not_after": closes.isoformat()}
        return dict(self.chance.sample(sorted(schedule.items()), self.chance.randint(1, 2)))

    def variants(self, endpoint: str, personal: list[str], *, lists: bool) -> list[dict[str, Any]]:
        del personal
        variants: list[dict[str, Any]] = []
        for name in ("en", "zh"):
            variant: dict[str, Any] = {"name": name}
            if self.sometimes(0.8):
                variant["audience"] = self.lists.plain_audience() if lists else self.condition(endpoint)
                self.content(variant, endpoint, [])
                variant.pop("delivery", None)
            if self.sometimes(0.5):
                variant["vars"] = {"greeting": f"Yo {name}"}
            variants.append(variant)
        return variants

    # --- what happens

    def some_steps(self) -> Iterator[Step]:
        what = self.chance.random()
        if what < 0.45:
            yield self.apply(self.chance.choice(("fresh", "fresh", "terminal")))
        elif what < 0.65:
            yield from self.approved()
        elif what < 0.8:
            yield Change(self.edits())
            yield self.apply("fresh")
        elif what < 0.87:
            yield Wait(self.chance.choice((20, 55, 61, 300, 3600, 43_200, 86_400 + 300)))
        elif what < 0.91:
            yield Freeze(self.environment(), off=self.sometimes(0.4))
        else:
            yield from self.lockfile_story()

    def approved(self) -> Iterator[Step]:
        """Somebody plans, things happen, and what was approved is applied."""
        environment = self.environment()
        names = self.some_names()
        yield Plan(environment, names)
        if self.sometimes(0.7):
            yield Change(self.edits())
        if self.sometimes(0.3):
            yield Wait(self.chance.choice((120, 4000, 90_000, 90_000)))
        if self.sometimes(0.15):
            yield SwapPlan()
        yield replace(self.apply(self.chance.choice(("saved", "saved", "digest")), environment), names=names)

    def some_names(self) -> tuple[str, ...]:
        return (self.chance.choice(_NAMES[: len(self.campaigns)]),) if self.sometimes(0.2) else ()

    def apply(self, approval: str, environment: str = "") -> Apply:
        moments: tuple[str, ...] = {"terminal": ("asked", "asked", "lock")}.get(approval, ("before", "lock"))
        meanwhile: tuple[Edit | Freeze, ...] = ()
        environment = environment or self.environment()
        if self.sometimes(0.25):
            meanwhile = self.edits()
            if not is_drawn("project-meanwhile"):
                meanwhile = tuple(edit for edit in meanwhile if "pushspec.yaml" not in str(edit))
        elif self.sometimes(0.06):
            meanwhile, moments = (Freeze(environment),), tuple(one for one in moments if one != "lock")
        if self.in_git and self.git_chance.random() < 0.3:
            approval = "approved"
        return Apply(
            environment,
            approval=approval,
            meanwhile=meanwhile,
            moment=self.chance.choice(moments or ("before",)),
            kill_at=self.chance.randint(1, 24) if self.sometimes(0.15) else None,
            replies=tuple(self.chance.choice(REPLIES) for _ in range(self.chance.randint(1, 4)))
            if self.sometimes(0.25)
            else (),
            latency_s=self.chance.choice((0.0, 0.1, 0.1, 2.0)),
        )

    def edits(self) -> tuple[Edit, ...]:
        kinds: tuple[Callable[[], Iterator[Edit]], ...] = (
            self.edit_campaign,
            self.edit_campaign,
            self.edit_campaign,
            self.lists.edits,
            self.lists.edits,
            self.edit_project,
            self.edit_project,
            self.move_campaign,
            self.revert,
        )
        return tuple(
            edit for _ in range(self.chance.choice((1, 1, 2))) for edit in self.chance.choice(kinds)()
        )

    def edit_campaign(self) -> Iterator[Edit]:
        path = self.chance.choice(self.campaigns)
        spec = from_yaml(self.files[path])
        match self.chance.choice(
            ("text", "text", "version", "version", "lower", "window", "exception", "vars", "audience")
        ):
            case "text":
                where = "notification" if "notification" in spec else "message"
                keys = ("notification", "desc") if where == "notification" else ("message", 0, "text")
                yield Put(path, keys, self.chance.choice(("Better words", "{{ brand }} says so")))
            case "version":
                yield Put(path, ("version",), spec["version"] + self.chance.choice((1, 1, 2)))
            case "lower":
                yield Put(path, ("version",), max(1, spec["version"] - 1))
            case "window":
                yield Put(path, ("schedule",), self.schedule())
            case "exception":
                yield Put(path, ("exceptions",), [self.exception()])
            case "vars":
                yield Put(path, ("vars",), {"greeting": "Ahoy"})
            case _:
                lists = spec["endpoint"] in {"timpush/batch", "openim/batchsendmsg"}
                audience = self.lists.plain_audience() if lists else self.condition(spec["endpoint"])
                if "personalize" not in spec["audience"]:
                    yield Put(path, ("audience",), audience)

    def edit_project(self) -> Iterator[Edit]:
        path = "pushspec.yaml"
        match self.chance.choice(("policy", "policy", "frozen", "thawed", "limits", "vars", "drop")):
            case "policy":
                key = self.chance.choice(_POLICIES)
                if "policy" in from_yaml(self.files[path]):
                    yield Put(path, ("policy", key), self.policy(key))
                else:
                    yield Put(path, ("policy",), {key: self.policy(key)})
            case "frozen":
                yield Put(path, ("frozen",), "wrong text")
            case "thawed":
                yield Drop(path, ("frozen",))
            case "limits":
                yield Put(
                    path,
                    ("environments", "prod", "limits"),
                    {"push_calls_per_day": self.chance.randint(0, 5)},
                )
            case "vars":
                yield Put(path, ("vars", "brand"), self.chance.choice(("Acme", "ACME")))
            case _:
                yield Drop(path, ("policy",))

    def move_campaign(self) -> Iterator[Edit]:
        path = self.chance.choice(self.campaigns)
        name = from_yaml(self.files[path])["name"]
        match self.chance.choice(("move", "rename", "delete", "copy")):
            case "move":
                yield Move(path, f"campaigns/2026/{name}.yaml")
            case "rename":
                yield Put(path, ("name",), f"{name}-new")
            case "delete":
                yield Delete(path)
            case _:
                copy = f"campaigns/{name}-copy.yaml"
                yield Move(path, copy, keep=True)
                yield Put(copy, ("name",), f"{name}-copy")

    def revert(self) -> Iterator[Edit]:
        yield PutBack(
            self.chance.choice(("campaigns/*", "audiences/*", "pushspec.yaml")), self.chance.randint(1, 3)
        )

    # --- lockfiles

    def lockfile_story(self) -> Iterator[Step]:
        """A lockfile is lost, copied, spoilt or put back, or its environment gets another name."""
        environment = self.environment()
        lock = self.lock_of(environment)
        folder = lock.rpartition("/")[0]
        beside = f"{folder}/backup.lock".lstrip("/")
        yield self.apply("fresh", environment)
        match self.chance.choice(
            ("copy", "back", "gone", "spoilt", "renamed", "moved", "switched", "foreign")
        ):
            case "copy" if is_drawn("lock-copy"):
                yield Change((Move(lock, beside, keep=True),))
            case "back" if is_drawn("lock-copy"):
                yield Change((Move(lock, beside, keep=True), PutBack(lock, 1)))
            case "gone" if is_drawn("lock-gone"):
                yield Change((Delete(lock),))
            case "spoilt":
                yield Change((Spoil(lock, self.chance.choice(("crlf", "markers", "half", "zeros"))),))
            case "foreign" if len(self.environments) > 1:
                yield Apply(self.another(environment))
                yield Change((Move(self.lock_of(self.another(environment)), lock, keep=True),))
            case "renamed" if is_drawn("renamed-environment"):
                yield Change(tuple(self.rename_environment(environment)))
            case "moved" if is_drawn("lock-copy"):
                yield Change((Move(lock, beside),))
            case "switched" if is_drawn("lock-copy"):
                yield Change((Move(lock, beside, keep=True), PutBack(beside, 1)))
                yield Change((Put("pushspec.yaml", ("environments", environment, "lock"), beside),))
            case _:
                return
        name = "production" if self.sometimes(0.7) else environment
        yield Apply(name, approval=self.chance.choice(("fresh", "terminal")))
        if self.sometimes(0.3):
            yield Change((PutBack("*.lock", 1), PutBack("pushspec.yaml", 1)))

    def git_story(self) -> Iterator[Step]:
        """The lockfile of a run is put back by a checkout, or stays unmerged, and somebody applies."""
        environment = self.git_chance.choice(self.environments)
        lock = self.lock_of(environment)
        edit: Edit = Unmerge(lock) if self.git_chance.random() < 0.4 else PutBack(lock, 2)
        yield Apply(environment)
        yield Wait(60)
        yield Change((edit,))
        yield Apply(environment)

    def ask_for_approvals(self) -> None:
        project = dict(from_yaml(self.files["pushspec.yaml"]))
        rules = self.git_chance.choice(_RULES)
        project["approvals"] = {"signers": SIGNERS, "expires": "24h", "not_author": False, "rules": rules}
        self.files["pushspec.yaml"] = as_yaml(project)

    def approval_story(self) -> Iterator[Step]:
        """What was approved changes before it is sent."""
        path = self.git_chance.choice(self.campaigns)
        spec = from_yaml(self.files[path])
        environment = self.git_chance.choice(spec.get("environments", self.environments))
        where = ("notification", "desc") if "notification" in spec else ("message", 0, "text")
        yield from (Approve(environment, spec["name"], approver) for approver in APPROVERS)
        yield Change((Put(path, where, "Other words"),))
        yield Apply(environment, approval=self.git_chance.choice(("fresh", "approved")))

    def approvals_before(self, step: Step) -> Iterator[Step]:
        """Before some applies people approve, enough of them or not."""
        if isinstance(step, Apply | Plan) and self.git_chance.random() < 0.8:
            for path in self.campaigns:
                name = from_yaml(self.files[path])["name"]
                approvers = APPROVERS[: self.git_chance.choice((1, 1, 2, 2, 2))]
                yield from (Approve(step.environment, name, approver) for approver in approvers)

    def lock_of(self, environment: str) -> str:
        settings = from_yaml(self.files["pushspec.yaml"])["environments"][environment]
        lock: str = settings.get("lock", f"pushspec.{environment}.lock")
        return lock

    def another(self, environment: str) -> str:
        return next(name for name in self.environments if name != environment)

    def rename_environment(self, name: str) -> Iterator[Edit]:
        yield Rename("pushspec.yaml", ("environments", name), "production")
        if name == "prod":
            yield Put("pushspec.yaml", ("default_environment",), "production")
        for path in self.campaigns:
            spec = from_yaml(self.files[path])
            if name in spec.get("environments", ()):
                yield Put(path, ("environments",), ["production"])


_POLICIES = (
    "quiet_hours",
    "quiet_hours",
    "blackout_dates",
    "timezone",
    "max_accounts",
    "max_push_calls_per_day",
    "require",
    "allowed_senders",
    "forbidden_words",
)
_LIFTABLE = ("quiet-hours", "blackout-dates", "max-accounts", "max-push-calls-per-day", "require", "repeat")
