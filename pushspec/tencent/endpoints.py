"""The send endpoints: what each takes, what each answers, and which limits bind it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pushspec.tencent.regions import Region


class EndpointName(StrEnum):
    """An endpoint as campaigns name it: its path without ``v4/``."""

    PUSH = "timpush/push"
    IM_PUSH = "all_member_push/im_push"
    BATCH = "timpush/batch"
    BATCHSENDMSG = "openim/batchsendmsg"
    WEBPUSH = "timpush/webpush"
    WEBBATCH = "timpush/webbatch"


class Pace(StrEnum):
    """Calls that share one rate limit of the service."""

    PUSH = "push"
    BATCH = "batch"
    BATCHSENDMSG = "batchsendmsg"
    WEBBATCH = "webbatch"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to send.

    Attributes:
        name: Its path without ``v4/``.
        to_accounts: It takes listed accounts; otherwise everyone, tags or attributes.
        to_browsers: It takes ``WebInfo`` and ``Message``; otherwise ``OfflinePushInfo`` and ``MsgBody``.
        takes_message: The body may hold a ``MsgBody``.
        needs_message: A ``MsgBody`` must.
        needs_notification: An ``OfflinePushInfo`` must.
        takes_data_id: ``DataId`` is carried and comes back in callbacks.
        needs_from: ``From_Account`` must be given.
        takes_attributes: Attributes may narrow it down, where it takes no listed accounts.
        mixes_conditions: ``TagsOr`` may be used with ``TagsAnd``, ``AttrsOr`` with ``AttrsAnd``.
        account_id_limit: Name of the limit on an account's id.
        sender_limit: Name of the limit on the sender's id.
        body_limit: Name of the limit on the size of its body.
        body_limit_counts_accounts: That limit bounds the whole body; otherwise the body without accounts.
        pace: Which rate limits its calls share.
        counts_in_daily_quota: It spends the day's pushes.
        answer_id: The field of the answer that names what was started.
        source: The vendor's page.
        unlisted_in: Regions whose host its page does not list.
    """

    name: EndpointName
    to_accounts: bool
    to_browsers: bool
    takes_message: bool
    needs_message: bool
    needs_notification: bool
    takes_data_id: bool
    needs_from: bool
    takes_attributes: bool
    mixes_conditions: bool
    account_id_limit: str
    sender_limit: str
    body_limit: str
    body_limit_counts_accounts: bool
    pace: Pace
    counts_in_daily_quota: bool
    answer_id: str
    source: str
    unlisted_in: frozenset[Region] = frozenset()

    @property
    def path(self) -> str:
        """The path of the request, from the root."""
        return f"/v4/{self.name}"


ENDPOINTS: dict[EndpointName, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint(
            name=EndpointName.PUSH,
            to_accounts=False,
            to_browsers=False,
            takes_message=True,
            needs_message=False,
            needs_notification=False,
            takes_data_id=False,
            needs_from=False,
            takes_attributes=True,
            mixes_conditions=False,
            account_id_limit="user_id_bytes",
            sender_limit="user_id_bytes",
            body_limit="push_body_bytes",
            body_limit_counts_accounts=True,
            pace=Pace.PUSH,
            counts_in_daily_quota=True,
            answer_id="TaskId",
            source="https://cloud.tencent.com/document/product/269/100634",
        ),
        Endpoint(
            name=EndpointName.IM_PUSH,
            to_accounts=False,
            to_browsers=False,
            takes_message=True,
            needs_message=True,
            needs_notification=False,
            takes_data_id=False,
            needs_from=False,
            takes_attributes=True,
            mixes_conditions=True,
            account_id_limit="user_id_bytes",
            sender_limit="user_id_bytes",
            body_limit="im_push_body_bytes",
            body_limit_counts_accounts=True,
            pace=Pace.PUSH,
            counts_in_daily_quota=True,
            answer_id="TaskId",
            source="https://tencentcloud.com/jp/document/product/1047/37166",
        ),
        Endpoint(
            name=EndpointName.BATCH,
            to_accounts=True,
            to_browsers=False,
            takes_message=False,
            needs_message=False,
            needs_notification=True,
            takes_data_id=True,
            needs_from=True,
            takes_attributes=False,
            mixes_conditions=False,
            account_id_limit="registration_id_bytes",
            sender_limit="registration_id_bytes",
            body_limit="batch_content_bytes",
            body_limit_counts_accounts=False,
            pace=Pace.BATCH,
            counts_in_daily_quota=False,
            answer_id="TaskId",
            source="https://www.tencentcloud.com/document/product/1047/67553",
        ),
        Endpoint(
            name=EndpointName.BATCHSENDMSG,
            to_accounts=True,
            to_browsers=False,
            takes_message=True,
            needs_message=True,
            needs_notification=False,
            takes_data_id=False,
            needs_from=False,
            takes_attributes=False,
            mixes_conditions=False,
            account_id_limit="user_id_bytes",
            sender_limit="user_id_bytes",
            body_limit="batchsendmsg_body_bytes",
            body_limit_counts_accounts=True,
            pace=Pace.BATCHSENDMSG,
            counts_in_daily_quota=False,
            answer_id="MsgKey",
            source="https://cloud.tencent.com/document/product/269/1612",
        ),
        Endpoint(
            name=EndpointName.WEBPUSH,
            to_accounts=False,
            to_browsers=True,
            takes_message=False,
            needs_message=False,
            needs_notification=False,
            takes_data_id=False,
            needs_from=False,
            takes_attributes=False,
            mixes_conditions=False,
            account_id_limit="user_id_bytes",
            sender_limit="user_id_bytes",
            body_limit="webpush_body_bytes",
            body_limit_counts_accounts=True,
            # Its page gives the figures of timpush/push, and no page says whether both count together:
            # here they do, which is never too many.
            pace=Pace.PUSH,
            counts_in_daily_quota=True,
            answer_id="TaskId",
            source="https://trtc.io/zh/document/80440",
            unlisted_in=frozenset({Region.CHINA}),
        ),
        Endpoint(
            name=EndpointName.WEBBATCH,
            to_accounts=True,
            to_browsers=True,
            takes_message=False,
            needs_message=False,
            needs_notification=False,
            takes_data_id=True,
            needs_from=True,
            takes_attributes=False,
            mixes_conditions=False,
            account_id_limit="user_id_bytes",
            sender_limit="user_id_bytes",
            body_limit="webbatch_content_bytes",
            body_limit_counts_accounts=False,
            pace=Pace.WEBBATCH,
            counts_in_daily_quota=False,
            answer_id="TaskId",
            source="https://trtc.io/zh/document/80441",
            unlisted_in=frozenset({Region.CHINA}),
        ),
    )
}


def to_accounts_of(endpoint: EndpointName, *, with_message: bool) -> EndpointName:
    """Return the endpoint to listed accounts that carries the same content."""
    if ENDPOINTS[endpoint].to_accounts:
        return endpoint
    if ENDPOINTS[endpoint].to_browsers:
        return EndpointName.WEBBATCH
    return EndpointName.BATCHSENDMSG if with_message else EndpointName.BATCH
