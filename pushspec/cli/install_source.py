"""Where this pushspec was installed from, so that a pipeline can install the very same."""

from __future__ import annotations

import json
from importlib import metadata
from typing import NamedTuple
from urllib.parse import urlsplit

from pushspec.language import phrase

_UNKNOWN = phrase("set the variable PUSHSPEC_ARCHIVE to the address of a pushspec archive with its #sha256=")


class InstallSource(NamedTuple):
    """Where an installed package came from.

    Attributes:
        address: What pip installs the very same from, with its hash or commit; empty where no runner
            can reach it.
        hint: What to do where there is no address; empty where there is one.
    """

    address: str
    hint: str


def install_source() -> InstallSource:
    """Return where pushspec was installed from, as pip recorded it.

    The record is the one of https://packaging.python.org/en/latest/specifications/direct-url/.
    """
    try:
        recorded = metadata.distribution("pushspec").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        recorded = None
    return source_of(recorded)


def source_of(recorded: str | None) -> InstallSource:
    """Return what a ``direct_url.json`` says; ``None`` where there is none, as after an install by name."""
    try:
        record = json.loads(recorded or "{}")
        url, vcs = str(record.get("url", "")), record.get("vcs_info") or {}
        sha256 = _sha256(record.get("archive_info") or {})
    except (ValueError, AttributeError):
        return InstallSource("", _UNKNOWN)
    is_plain = urlsplit(url).scheme == "https" and not set(url) & set("'\"` {}\\")
    if is_plain and vcs.get("vcs") == "git" and str(vcs.get("commit_id", "")).isalnum():
        return InstallSource(f"git+{url}@{vcs['commit_id']}", "")
    if is_plain and sha256:
        return InstallSource(f"{url.partition('#')[0]}#sha256={sha256}", "")
    if url.startswith("file:") and sha256:
        name = url.rsplit("/", 1)[-1]
        steps = phrase(
            "upload {name}, and set PUSHSPEC_ARCHIVE to its address#sha256={sha256}", name=name, sha256=sha256
        )
        return InstallSource("", steps)
    return InstallSource("", _UNKNOWN)


def _sha256(archive: dict[str, object]) -> str:
    hashes = archive.get("hashes")
    found = hashes.get("sha256") if isinstance(hashes, dict) else None
    text = str(found or str(archive.get("hash", "")).removeprefix("sha256="))
    return text if len(text) == 64 and text.isalnum() else ""
