"""Open the place where an environment's lists lie."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pushspec.audience.pinned.stores import FolderLists
from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.paths import check_no_link

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.audience.pinned.stores import ListStore

DEFAULT_FOLDER = ".pushspec/audiences"


def open_list_store(place: str | None, root: Path) -> ListStore:
    """Return the store that an environment's ``audience_store`` names.

    Args:
        place: A folder, relative to the project or absolute, ``s3://…``, ``gs://…``, ``az://…`` or ``cos://…``.
        root: The project folder.

    Raises:
        UsageError: No store has that form, or its library is not installed.
        PathRefusedError: A folder of the project on the way there is a link.
        StoreError: It cannot be opened.
    """
    place = place or DEFAULT_FOLDER
    scheme = urlsplit(place).scheme
    if not scheme:
        if not place.startswith("/"):
            check_no_link(root, place)
        return FolderLists(root / place, place)
    if scheme not in {"s3", "gs", "az", "cos"}:
        raise UsageError(
            phrase("no audience store is named `{scheme}:`", scheme=scheme),
            hint=phrase("a folder, s3://, gs://, az:// or cos://"),
        )
    try:
        from pushspec.audience.pinned.objects import ObjectLists
    except ImportError:
        raise UsageError(
            phrase("this audience store needs obstore"),
            hint=phrase("install `{package}`", package="pushspec[objects]"),
        ) from None
    return ObjectLists(place)
