"""Stands in for ``gh api`` in a step: the flags that our workflows use, sent to the address of a fake."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode


def main() -> None:
    """Send one request, or one for each page, and print what ``--jq`` picks."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("api", choices=["api"])
    parser.add_argument("path")
    parser.add_argument("-X", dest="method", default="GET")
    parser.add_argument("-f", dest="texts", action="append", default=[])
    parser.add_argument("-F", dest="fields", action="append", default=[])
    parser.add_argument("--jq")
    parser.add_argument("--paginate", action="store_true")
    parser.add_argument("--silent", action="store_true")
    options = parser.parse_args()
    fields = dict(text.split("=", 1) for text in options.texts) | dict(map(_field, options.fields))
    url: str | None = f"{os.environ['FAKE_GITHUB']}/{options.path}"
    if options.method == "GET" and fields:
        url = f"{url}?{urlencode(fields)}"
    while url:
        answer, following = _ask(options.method, url, fields)
        if not options.silent:
            subprocess.run(["jq", "-r", options.jq or "."], input=answer, check=True)
        url = following if options.paginate else None


def _field(text: str) -> tuple[str, str]:
    name, value = text.split("=", 1)
    if value.startswith("@"):
        value = Path(value[1:]).read_text(encoding="utf-8", errors="replace")
    return name, value


def _ask(method: str, url: str, fields: dict[str, str]) -> tuple[bytes, str | None]:
    body = None if method == "GET" else json.dumps(fields).encode()
    request = urllib.request.Request(url, body, method=method)
    request.add_header("Authorization", f"token {os.environ['GH_TOKEN']}")
    try:
        with urllib.request.urlopen(request) as response:
            return response.read(), response.headers["X-Next"]
    except urllib.error.HTTPError as error:
        sys.exit(f"gh: HTTP {error.code}")


if __name__ == "__main__":
    main()
