"""Open a bucket of an object store; account and credentials come from the provider's own variables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import from_url

from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.lockfile.stores import StoreError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

FAILURES = (BaseError, FileNotFoundError)  # a missing object or bucket is an error of Python's own
_NO_RETRIES: RetryConfig = {"max_retries": 0}
_COS_CREATE_ONLY = {"x-cos-forbid-overwrite": "true"}
"""What Tencent COS has in place of ``If-None-Match``; a conflict is a 409
(https://cloud.tencent.com/document/product/436/7749)."""


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """A folder in a bucket.

    Attributes:
        scheme: ``s3``, ``gs``, ``az`` or ``cos``.
        bucket: The bucket, as the provider's address has it.
        folder: The folder; empty for the bucket itself.
        where: What messages call it, without credentials.
    """

    scheme: str
    bucket: str
    folder: str
    where: str

    @classmethod
    def of(cls, url: str) -> BucketPlace:
        """Read an address such as ``s3://BUCKET/FOLDER``.

        Raises:
            UsageError: It names no bucket, or a folder that no bucket has.
        """
        parts = urlsplit(url)
        where, folder = f"{parts.scheme}://{parts.hostname or ''}{parts.path}", parts.path.strip("/")
        hint = phrase("write {scheme}://BUCKET/FOLDER", scheme=parts.scheme)
        if not parts.hostname:
            raise UsageError(phrase("{where} names no bucket", where=where), hint=hint)
        if folder and {"", ".", ".."} & set(folder.split("/")):
            raise UsageError(
                phrase("{where} holds a part that is empty, . or .., which no bucket has", where=where),
                hint=hint,
            )
        return cls(parts.scheme, parts.netloc, folder, where)


def open_bucket(place: BucketPlace, *, create_only: bool) -> ObjectStore:
    """Return a bucket, in which nothing is tried twice by itself.

    Args:
        place: Where it is.
        create_only: Tencent COS refuses to overwrite; elsewhere each write says so itself.

    Raises:
        StoreError: It cannot be opened.
    """
    try:
        if place.scheme == "cos":
            return _cos(place.bucket, _COS_CREATE_ONLY if create_only else {})
        return from_url(f"{place.scheme}://{place.bucket}", retry_config=_NO_RETRIES)
    except FAILURES as error:
        raise StoreError(
            phrase(
                "{where} cannot be opened: {kind}",
                where=place.where,
                kind=type(error).__name__.removesuffix("Error"),
            ),
            hint=phrase("set the provider's own environment variables for account and credentials"),
        ) from error


def _cos(bucket: str, headers: dict[str, str]) -> ObjectStore:
    """Open a bucket of Tencent COS by its S3 interface."""
    # Options given here replace all of the environment's, so the one that tests need is carried over.
    allow_http = os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"
    options: ClientConfig = {"default_headers": headers, "allow_http": allow_http}
    return from_url(f"s3://{bucket}", retry_config=_NO_RETRIES, client_options=options)


_BROKE = phrase("the connection broke")
_NETWORK = {
    "Connect": phrase("nothing answers there"),
    "Timeout": phrase("no answer came in time"),
    "Request": _BROKE,
    "Interrupted": _BROKE,
    "Decode": _BROKE,
}
"""What the library calls that which happens on the way to a store."""


def network_fault(error: Exception) -> str:
    """Return the library's word for what happened on the way; empty where the store itself answered."""
    named = re.search(rf"kind: ({'|'.join(_NETWORK)})\b", str(error))
    return named[1] if named else ""


def failure(where: str, done: str, error: Exception) -> StoreError:
    """Return what went wrong, without the library's own words: they hold URLs and headers."""
    status = re.search(r"status code: (\d{3} [A-Z][A-Za-z ]+)", str(error))
    why = status[1] if status else type(error).__name__.removesuffix("Error")
    why = _NETWORK.get(network_fault(error), why)
    return StoreError(
        phrase("{where} cannot be {done}: {why}", where=where, done=done, why=why), hint=_hint(error, why)
    )


def _hint(error: Exception, why: str) -> str:
    if why in _NETWORK.values():
        return phrase("check the network, and the provider's own variable for its endpoint if you set it")
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return phrase("allow these credentials to list, read and create objects there")
    if isinstance(error, FileNotFoundError):
        return phrase("the bucket does not exist, or an object was deleted from it")
    return phrase("the store is full: make room and apply again") if why.startswith("507") else ""
