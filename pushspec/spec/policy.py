"""The ``policy`` of a project file: what every campaign must keep to, and the names to lift one by."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema, model_validator

from pushspec.language import phrase
from pushspec.spec.shares import Growth, Percent, share_of
from pushspec.suggest import did_you_mean
from pushspec.tencent.delivery import Lifetime  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.model import Items, Model, refusal
from pushspec.zones import zone_names, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal


class PolicyName(StrEnum):
    """Every policy by its name; each has an entry in ``docs/policies.md``."""

    REQUIRE = "require"
    EVERYONE = "everyone"
    MAX_ACCOUNTS = "max-accounts"
    MAX_TEXTS = "max-texts"
    EXCLUDE_WITHOUT_EFFECT = "exclude-without-effect"
    MAX_PUSH_CALLS_PER_DAY = "max-push-calls-per-day"
    MAX_REFUSED = "max-refused"
    QUIET_HOURS = "quiet-hours"
    BLACKOUT_DATES = "blackout-dates"
    ALLOWED_SENDERS = "allowed-senders"
    FORBIDDEN_WORDS = "forbidden-words"
    ALLOWED_LINK_HOSTS = "allowed-link-hosts"
    PLACEHOLDER_TEXT = "placeholder-text"
    TEST_TEXT = "test-text"
    VERSION_LOWERED = "version-lowered"
    REPEAT = "repeat"
    SAME_TEXT = "same-text"
    SAME_PEOPLE = "same-people"
    MARKETING_CAP = "marketing-cap"
    GIT_PUSHES = "git-pushes"
    PACE = "pace"
    LOCAL_HOURS = "local-hours"
    HOLDOUT = "holdout"
    SHARES_CHANGED = "shares-changed"
    PIN_AGE = "pin-age"
    GROWTH = "growth"
    SHRINKAGE = "shrinkage"
    POPULATION_SHARE = "population-share"
    APPROVALS = "approvals"
    APPROVAL_RULES = "approval-rules"
    ROLLOUT = "rollout"
    ROLLOUT_TIME = "rollout-time"
    ROLLOUT_EVIDENCE = "rollout-evidence"


RequiredKey = Literal[
    "description", "owner", "labels", "environments", "from", "not_before", "not_after", "recall", "tried"
]
"""Keys of a campaign that a project may ask for, and that its content was tried."""


def _time_of_day(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise refusal("time-of-day", phrase("is not a time of day such as 22:00"))
    return value


def _timezone(value: str) -> str:
    if zone_of(value) is None:
        hint = did_you_mean(value, zone_names(), listed=False)
        raise refusal("timezone", phrase("is not a time zone such as Asia/Shanghai"), {"hint": hint})
    return value


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise refusal("date", phrase("is not a day such as 2026-12-01")) from None


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
TimeZoneName = Annotated[str, AfterValidator(_timezone)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class QuietHours(Model):
    """Hours in which nothing may leave; they may run past midnight."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    timezone: TimeZoneName

    @model_validator(mode="after")
    def _are_hours(self) -> Self:
        # Some mean no hours by it and others all of them; a guess would push at night or never.
        if self.from_ == self.to:
            hint = phrase("leave quiet_hours out to have none; pushspec freeze lets nothing leave at all")
            raise refusal(
                "time-of-day", phrase("is the same as from, which is no time"), {"at": ("to",), "hint": hint}
            )
        return self


_CONTINUE = phrase("a person opens the next gate: pushspec continue NAME --why REASON")
_DECIDED = {
    PolicyName.APPROVALS: phrase("delete this level: people approve, or a commit takes the rules away"),
    PolicyName.ROLLOUT: _CONTINUE,
}
"""What people decide, and no file, with what to do instead of making a warning of it."""


class Policy(Model):
    """What every campaign must keep to; each one is reported by its name."""

    require: Items[RequiredKey] = Field(
        default=(), description="Keys that every campaign must have; tried: its content went to the testers."
    )
    quiet_hours: QuietHours | None = None
    blackout_dates: Items[Day] = Field(default=(), description="Days on which nothing leaves.")
    timezone: TimeZoneName | None = Field(
        default=None, description="In which blackout_dates are counted; default: that of quiet_hours, or UTC."
    )
    max_accounts: int | None = Field(default=None, ge=1, description="Of one campaign.")
    max_texts: int = Field(default=1_000, ge=1, description="Different contents of one campaign.")
    max_growth: Growth = Field(
        default="100%", description="Of a list against the last send of the campaign, in people."
    )
    max_shrinkage: Percent = Field(
        default="50%",
        description="Of a list against the last send of the campaign, or against the last pull, in people.",
    )
    max_population_share: Percent | None = Field(
        default=None, description="Of the environment's population that a list may hold."
    )
    max_pin_age: Lifetime = Field(default=604_800, description="Of the pinned list that a campaign sends to.")
    max_exclusion_age: Lifetime = Field(
        default=86_400, description="Of a pinned list that a campaign excludes."
    )
    max_push_calls_per_day: int | None = Field(
        default=None, ge=0, description="Of the project's own, below the service's quota."
    )
    max_refused: Percent = Field(
        default="50%",
        description="Share of listed accounts that the service may refuse before a campaign stops.",
    )
    max_removals: int = Field(
        default=100, ge=0, description="Tags and attributes that one `people apply` may take from people."
    )
    allowed_senders: Items[str] | None = Field(default=None, description="What from may name.")
    forbidden_words: Items[str] = Field(default=(), description="Words that no shown text may hold.")
    allowed_link_hosts: Items[str] | None = Field(
        default=None, description="Hosts that links may lead to, and those below them."
    )
    same_text_days: int = Field(default=7, ge=0, le=365, description="How far back a repeat is looked for.")
    levels: dict[Annotated[PolicyName, Strict(strict=False)], Literal["error", "warning"]] = Field(
        default_factory=dict,
        description="Another level for a policy; an error blocks a campaign, a warning is shown.",
    )

    @model_validator(mode="after")
    def _people_decide(self) -> Self:
        # The level stands in the file as it lies there, the rules in the commit: without a commit, a level
        # would lift every approval.
        for name, hint in _DECIDED.items():
            if self.levels.get(name) == "warning":
                raise refusal(
                    f"{name.value}-lifted",
                    phrase("cannot be made a warning"),
                    {"at": ("levels", name.value), "hint": hint},
                )
        return self

    @property
    def max_refused_share(self) -> Decimal:
        """``max_refused`` as a number from 0 to 1."""
        return share_of(self.max_refused)

    def binds(self, name: PolicyName, exceptions: Iterable[PolicyException]) -> bool:
        """Return whether a policy that is an error by default binds a campaign with these exceptions."""
        is_lifted = any(exception.policy is name for exception in exceptions)
        return self.levels.get(name) != "warning" and not is_lifted


def _may_be_lifted(name: PolicyName) -> PolicyName:
    if name is PolicyName.APPROVALS:
        raise refusal("approvals-lifted", phrase("cannot be lifted by the campaign that needs approval"))
    if name is PolicyName.ROLLOUT:
        raise refusal(
            "rollout-lifted",
            phrase("cannot be lifted in a file"),
            {"hint": _CONTINUE},
        )
    return name


class PolicyException(Model):
    """A policy lifted for this campaign, in the open."""

    policy: Annotated[PolicyName, AfterValidator(_may_be_lifted)] = Field(strict=False)
    reason: str = Field(min_length=1, pattern=r"\S", description="Shown in every view of the plan.")
