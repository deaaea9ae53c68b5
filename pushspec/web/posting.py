"""Post to a receiver of callbacks as the service does, to see whether it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from pushspec.language import phrase
from pushspec.tencent.callbacks import probe_query
from pushspec.web.store import CallbackStoreError

if TYPE_CHECKING:
    from typing import NoReturn

_WITHIN_S = 5.0


class NoReceiverError(CallbackStoreError):
    """Nothing answers at the address."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: the signature of the URL is for one host."""

    def redirect_request(self, *_: object) -> NoReturn:
        raise NoReceiverError(
            phrase("the address leads elsewhere"), hint=phrase("name the receiver's own address")
        )


def post_without_events(url: str, *, token: str, sdk_app_id: int, now_s: float) -> int:
    """Post an empty object, of which no receiver keeps anything, and return the HTTP status.

    Args:
        url: The receiver's address.
        token: What to sign with.
        sdk_app_id: The app.
        now_s: The time, in Unix seconds.

    Raises:
        NoReceiverError: Nothing answers there in time.
    """
    query = probe_query(token=token, sdk_app_id=sdk_app_id, now_s=now_s)
    request = Request(f"{url}?{query}", data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310 - the model lets https and loopback pass
    try:
        with build_opener(ProxyHandler({}), _NoRedirect()).open(request, timeout=_WITHIN_S) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise NoReceiverError(
            phrase("{url} gives no answer: {reason}", url=url, reason=reason),
            hint=phrase("start `pushspec callbacks serve`, and check the proxy before it"),
        ) from None
