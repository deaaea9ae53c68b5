"""Every path of the emulated REST interface, with who answers it and how often it may be called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.sandbox.endpoints import accounts, attributes, recall, scheduled, sends, statistics, tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.sandbox.answers import Body
    from pushspec.sandbox.state import State

_NOT_ADMIN_PUSH, _NOT_ADMIN_REST = 90009, 60010


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the REST interface.

    Attributes:
        answer: Does the work: the app, the path without ``v4/``, the caller, the raw body.
        calls_per_second: Name of its own limit; empty where another kind of limit binds it.
        not_admin_code: What it says to a caller who is no administrator: 90009 where its page lists that.
    """

    answer: Callable[[State, str, str, bytes], Body]
    calls_per_second: str = ""
    not_admin_code: int = _NOT_ADMIN_PUSH


_LABELS = {
    "add_tag": tags.add_tags,
    "remove_tag": tags.remove_tags,
    "get_tag": tags.get_tags,
    "set_attr_name": attributes.set_names,
    "get_attr_name": attributes.get_names,
    "set_attr": attributes.set_attributes,
    "remove_attr": attributes.remove_attributes,
    "get_attr": attributes.get_attributes,
}
_ACCOUNTS = {
    "account_import": accounts.import_one,
    "multiaccount_import": accounts.import_many,
    "account_check": accounts.check,
    "account_delete": accounts.delete,
}
_SCHEDULED = {
    "add_sched_task": scheduled.create,
    "modify_sched_task": scheduled.modify,
    "delete_sched_task": scheduled.delete,
    "get_sched_task": scheduled.get,
    "list_sched_task": scheduled.list_tasks,
}
_STATISTICS = {
    "all_member_push_statistics": statistics.push_counts,
    "all_member_push_loss": statistics.push_losses,
    "all_member_push_trace": statistics.push_trace,
    "normal_push_statistics": statistics.chat_counts,
    "normal_push_loss": statistics.chat_losses,
    "normal_push_trace": statistics.chat_trace,
}

ENDPOINTS: dict[str, Endpoint] = {
    **{name: Endpoint(sends.send) for name in sends.SENDS},
    "openim/sendmsg": Endpoint(sends.send, "sendmsg_calls_per_second"),
    "im_open_login_svc/kick": Endpoint(accounts.kick, "kick_calls_per_second", _NOT_ADMIN_REST),
    **{f"timpush/{name}": Endpoint(answer, "tag_calls_per_second") for name, answer in _LABELS.items()},
    "timpush/clear_all_tags": Endpoint(tags.clear_tags, "tag_calls_per_second"),
    **{
        f"all_member_push/im_{name}": Endpoint(answer, "tag_calls_per_second")
        for name, answer in _LABELS.items()
    },
    "all_member_push/im_remove_all_tags": Endpoint(tags.clear_tags, "tag_calls_per_second"),
    **{
        f"im_open_login_svc/{name}": Endpoint(answer, "account_calls_per_second", _NOT_ADMIN_REST)
        for name, answer in _ACCOUNTS.items()
    },
    "openim/query_online_status": Endpoint(
        accounts.online_status, "status_calls_per_second", _NOT_ADMIN_REST
    ),
    "timpush/revoke": Endpoint(recall.revoke),
    "openim/admin_msgwithdraw": Endpoint(recall.withdraw, "withdraw_calls_per_second"),
    **{
        f"timpush/{name}": Endpoint(answer, "scheduled_calls_per_second")
        for name, answer in _SCHEDULED.items()
    },
    **{
        f"timpush/{name}": Endpoint(answer, "statistics_calls_per_second")
        for name, answer in _STATISTICS.items()
    },
}
"""Every path without ``v4/``."""
