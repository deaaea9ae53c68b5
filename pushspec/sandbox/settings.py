"""What a sandbox is told when it is made: the app it stands for, its clock, limits, faults and readings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pushspec.sandbox.clock import Clock
from pushspec.sandbox.delays import Delays
from pushspec.tencent.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pushspec.sandbox.faults import Fault

SDK_APP_ID = 1400000000
"""The app of the embedded sandbox."""

IDENTIFIER = "administrator"
"""The administrator of the embedded sandbox."""

PUBLIC_SECRET_KEY = "pushspec-sandbox-key-that-everyone-may-know-0000000000000000000"  # noqa: S105 - public
"""The embedded sandbox's key. It protects nothing: the sandbox only listens to its own machine."""

DATABASE_NAME = "sandbox.db"


@dataclass(frozen=True, slots=True)
class Readings:
    """Where the vendor's pages contradict each other or say nothing: which reading the sandbox takes.

    The default is the strictest reading.

    Attributes:
        im_push_repeats_for_days: 0 forgets a ``MsgRandom`` of ``all_member_push/im_push`` after its second,
            as the newer pages say; 7 takes an equal one for the same task for a week, as older pages do.
        conditions_combine: ``timpush/push`` takes ``TagsOr`` with ``TagsAnd`` and ``AttrsOr`` with
            ``AttrsAnd``; without it, as on the newer pages, the four exclude each other.
        revoke_needs_notification: ``timpush/revoke`` must carry ``OfflinePushInfo``; pages of 2024 call it
            optional, and then only pushes that were not stored need it.
        revoke_takes_batches: ``timpush/revoke`` also takes TaskIds of ``timpush/batch``.
        refused_calls_spend_quota: A push that is refused counts as one of the day's.
        quota_day_offset_h: Hours east of UTC at which the quota's day begins; ``None`` counts the last 24
            hours.
        unknown_account_code: What ``openim/batchsendmsg`` reports of an account that does not exist.
        tags_not: ``not_all`` leaves out who has all tags of ``TagsNot``, as the one sample says;
            ``none`` leaves out who has any of them.
        tags_not_alone: ``TagsNot`` needs no ``TagsOr`` or ``TagsAnd`` beside it.
        null_is_absent: A field that is ``null`` counts as one that is not there.
        older_message_size: The 8K that pages before 2023 gave for a message, instead of 12K.
    """

    im_push_repeats_for_days: int = 0
    conditions_combine: bool = False
    revoke_needs_notification: bool = True
    revoke_takes_batches: bool = False
    refused_calls_spend_quota: bool = False
    quota_day_offset_h: float | None = None
    unknown_account_code: int = 70107
    tags_not: Literal["not_all", "none"] = "not_all"
    tags_not_alone: bool = False
    null_is_absent: bool = True
    older_message_size: bool = False


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """One app of the emulated service.

    Attributes:
        database: The SQLite file; ``:memory:`` keeps nothing.
        sdk_app_id: The app's number.
        secret_key: The key that its UserSigs are signed with.
        admins: Accounts that may call the REST interface.
        limits: Sizes, rates and the day's quota.
        clock: The time it lives in.
        faults: Misbehaviour to begin with; more can be set over the control path.
        readings: Which of two contradicting pages it believes.
        push_enabled: The app has bought the Push service; without it 90045 is the answer.
        populate: Fill a new database with example accounts.
        seed: Where its random choices start.
        callback_url: Where events are posted; none when empty.
        callback_token: Signs the callbacks; unsigned when empty.
        callback_retry: A callback without an answer in time is posted once more.
        project: Name of the project that the page is for; empty for none.
        campaigns: Lists that project's campaigns for the page, or raises ``ValueError`` with what is
            wrong, in English and in Chinese.
        delays: How late statistics and callbacks are.
        deletion_enabled: Accounts may be deleted, which the console of the service must allow.
        account_quota: How many accounts the app may have; ``None`` for any number.
    """

    database: Path | str
    sdk_app_id: int = SDK_APP_ID
    secret_key: str = field(default=PUBLIC_SECRET_KEY, repr=False)
    admins: tuple[str, ...] = (IDENTIFIER,)
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    faults: tuple[Fault, ...] = ()
    readings: Readings = field(default_factory=Readings)
    push_enabled: bool = True
    populate: bool = True
    seed: int = 1
    callback_url: str = ""
    callback_token: str = field(default="", repr=False)
    callback_retry: bool = False
    project: str = ""
    campaigns: Callable[[], list[dict[str, str]]] | None = None
    delays: Delays = field(default_factory=Delays)
    deletion_enabled: bool = True
    account_quota: int | None = None

    @classmethod
    def embedded(cls, folder: Path) -> SandboxSettings:
        """Return the sandbox that every project has: a fixed app whose database lies in ``folder``."""
        return cls(database=folder / DATABASE_NAME)
