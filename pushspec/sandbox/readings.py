"""Where the vendor's pages contradict each other or say nothing: which reading the sandbox takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Readings:
    """One choice for each doubtful point; the default is the reading that forgives a client least.

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
        older_message_size: The 8K that pages before 2023 gave for a message, instead of 12K.
    """

    im_push_repeats_for_days: int = 0
    conditions_combine: bool = False
    revoke_needs_notification: bool = True
    revoke_takes_batches: bool = False
    refused_calls_spend_quota: bool = False
    quota_day_offset_h: float | None = None
    unknown_account_code: int = 70107
    older_message_size: bool = False
