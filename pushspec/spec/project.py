"""The project file: environments, policies, and the variables that every campaign may use."""

from __future__ import annotations

import re
from datetime import time
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from pushspec.disclosure import shown_address
from pushspec.hosts import split_url
from pushspec.language import phrase
from pushspec.paths import is_inside_git
from pushspec.serialization import Json  # noqa: TC001 - pydantic reads it at run time
from pushspec.spec.approvals import ApprovalSettings  # noqa: TC001 - pydantic reads it at run time
from pushspec.spec.policy import Policy, TimeZoneName
from pushspec.spec.refusals import ENVIRONMENT_NAME
from pushspec.spec.sandbox_faults import SandboxFault  # noqa: TC001 - pydantic reads it at run time
from pushspec.spec.settings import (
    LOOPBACK,
    CallbackSettings,
    NetworkSettings,
    NotifyTarget,
    PaceSettings,
    Secret,
    SourceSettings,
    StoreAddress,
    TesterSettings,
)
from pushspec.spec.shares import Holdout  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.limits import LIMIT_NAMES, Edition, Limits, limits_for
from pushspec.tencent.model import Items, Model, refusal
from pushspec.tencent.regions import Region  # noqa: TC001 - pydantic reads it at run time

PROJECT_FILE = "pushspec.yaml"
CAMPAIGNS = "campaigns"
SANDBOX_APP_ID = 1_400_000_000
"""The app of the embedded service; a number that the vendor's own examples use."""

_AT_BASE_URL: dict[str, object] = {"at": ("base_url",)}
_DAY_START = re.compile(r"([01]\d|2[0-3]):[0-5]\d(Z|[+-](0\d|1[0-4]):[0-5]\d)")


def _day_start(value: str) -> str:
    if not _DAY_START.fullmatch(value):
        raise refusal("day-start", phrase("is not a time with an offset such as 00:00+08:00"))
    return value


def _outside_git(place: str) -> str:
    if is_inside_git(place):
        raise refusal("lock-place", phrase("is inside .git, whose files git reads and runs"))
    return place


_NEVER_NONE = ("_per_second", "_per_minute", "_per_call")
"""Endings of limits without which nothing could ever leave; a day may well have no pushes."""


class Environment(Model):
    """One app of the service, or the sandbox."""

    sandbox: bool = False
    faults: Items[SandboxFault] = Field(default=(), description="What goes wrong on the sandbox.")
    sdk_app_id: int | None = Field(default=None, ge=1, le=4_294_967_295)
    region: Region | None = Field(default=None, strict=False)
    base_url: str | None = Field(
        default=None, description="Instead of region, for a test server on loopback."
    )
    allow_hosts: Items[str] = Field(default=(), description="Hosts besides loopback that base_url may name.")
    identifier: str = Field(default="administrator", min_length=1, description="An app administrator.")
    secret_key: Secret | None = None
    usersig: Secret | None = None
    edition: Edition = Field(default=Edition.STANDARD, strict=False)
    limits_: dict[str, int] = Field(
        default_factory=dict, alias="limits", description="Other figures, by name."
    )
    quota_day_starts: Annotated[str, AfterValidator(_day_start)] | None = None
    population: int | None = Field(
        default=None, ge=1, description="Users of the app, for reach and fan-out time."
    )
    pace: PaceSettings | None = Field(
        default=None, description="Slower than the service allows, to spare one's own servers."
    )
    testers: TesterSettings | None = Field(default=None, description="Who gets a try.")
    network: NetworkSettings | None = None
    lock: Annotated[StoreAddress, AfterValidator(_outside_git)] | None = Field(default=None, min_length=1)
    vars: dict[str, Json] = Field(default_factory=dict)
    callbacks: CallbackSettings | None = None
    notify: Items[NotifyTarget] = Field(default=(), description="Where people are told what happens.")
    audience_store: StoreAddress | None = Field(
        default=None,
        min_length=1,
        description="Where lists of audience files lie: a folder, s3://, gs://, az:// or cos://.",
    )
    sources: dict[Annotated[str, Field(pattern=ENVIRONMENT_NAME)], SourceSettings] = Field(
        default_factory=dict, description="Databases that audience files may read from, by name."
    )

    @model_validator(mode="after")
    def _is_reachable(self) -> Self:
        if self.base_url is not None and not _is_base_url(self.base_url):
            raise refusal("base-url", phrase("is not http(s)://host[:port]"), _AT_BASE_URL)
        if self.sandbox:
            return self
        if self.faults:
            raise refusal(
                "sandbox-faults", phrase("can only be ordered from the sandbox"), {"at": ("faults",)}
            )
        if self.sdk_app_id is None:
            raise refusal("environment-app", phrase("needs sdk_app_id (or sandbox: true)"))
        if (self.region is None) == (self.base_url is None):
            raise refusal("environment-host", phrase("needs either region or base_url"))
        if self.secret_key is not None and self.usersig is not None:
            raise refusal("environment-secret", phrase("needs either secret_key or usersig"))
        if self.base_url is not None:
            _check_base_url(self.base_url, self.allow_hosts)
        return self

    @model_validator(mode="after")
    def _limits_exist(self) -> Self:
        for name, value in self.limits_.items():
            if name not in LIMIT_NAMES:
                raise refusal(
                    "unknown-limit", phrase("is not a limit"), {"at": ("limits", name), "known": LIMIT_NAMES}
                )
            least = 1 if name.endswith(_NEVER_NONE) else 0
            if value < least:
                raise refusal(
                    "out-of-range", phrase("is less than {least}", least=least), {"at": ("limits", name)}
                )
        return self

    @property
    def app_id(self) -> int:
        """The app; the sandbox has a fixed one."""
        return self.sdk_app_id if self.sdk_app_id is not None else SANDBOX_APP_ID

    @property
    def quota_day_start(self) -> time | None:
        """When the day of the push quota starts; None counts the last 24 hours."""
        return time.fromisoformat(self.quota_day_starts) if self.quota_day_starts is not None else None

    @cached_property
    def limits(self) -> Limits:
        """The limits in force."""
        own = self.pace.users_per_second if self.pace is not None else None
        return limits_for(self.edition, self.limits_, users_per_second=own)

    @property
    def url(self) -> str:
        """The root of every request; the embedded sandbox has a name that no resolver knows."""
        if self.region is not None:
            return self.region.base_url
        return self.base_url or "http://sandbox.invalid"

    @property
    def location(self) -> str:
        """Where the app lives, in a word: the region, the sandbox, or the host of ``base_url``."""
        if self.region is not None:
            return self.region.value
        return "sandbox" if self.base_url is None else (urlsplit(self.base_url).hostname or "")


def _is_base_url(url: str) -> bool:
    parts = split_url(url)
    return (
        parts is not None
        and parts.scheme in {"http", "https"}
        and "@" not in parts.netloc
        and not parts.query
        and not parts.fragment
    )


def _check_base_url(url: str, allowed: tuple[str, ...]) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOOPBACK:
        return
    if host not in allowed:
        raise refusal(
            "base-url-host",
            phrase("leads outside this machine, and the signature travels in the URL"),
            _AT_BASE_URL | {"hint": phrase("if that is meant, add allow_hosts: [{host}]", host=host)},
        )
    if parts.scheme != "https":
        raise refusal("base-url", phrase("leads outside this machine without https"), _AT_BASE_URL)


class Project(Model):
    """A project file."""

    may_be_empty: ClassVar[frozenset[str]] = frozenset({"frozen"})

    api_version: Literal["pushspec/v1"] = Field(alias="apiVersion")
    kind: Literal["Project"]
    name: Annotated[str, AfterValidator(shown_address)] = Field(min_length=1, max_length=80)
    default_environment: str | None = None
    vars: dict[str, Json] = Field(default_factory=dict)
    timezone: TimeZoneName | None = Field(
        default=None, description="In which people are shown times; default: the machine's."
    )
    environments: dict[Annotated[str, Field(pattern=ENVIRONMENT_NAME)], Environment] = Field(min_length=1)
    policy: Policy = Field(default_factory=Policy)
    holdout: Holdout | None = Field(default=None, description="A share of people that every list leaves out.")
    approvals: ApprovalSettings | None = None
    frozen: str | None = Field(default=None, description="A reason here stops every apply.")

    @model_validator(mode="after")
    def _default_exists(self) -> Self:
        if self.default_environment is not None and self.default_environment not in self.environments:
            raise refusal(
                "unknown-environment",
                phrase("is not one of the environments"),
                {"at": ("default_environment",), "known": tuple(self.environments)},
            )
        return self
