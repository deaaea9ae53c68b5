"""The rules in the code and the rules in ``docs/rules.md`` are the same ones."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pushspec

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(pushspec.__file__).parent
DOCS = PACKAGE.parent / "docs" / "rules.md"
WORDS_THAT_ARE_NO_RULES = {"date-time", "time-sensitive", "utf-16-le", "utf-8-sig", "utf-8"}
WORDS_THAT_ARE_NO_RULES |= {f"source-{it}" for it in ("bigquery", "postgresql", "snowflake", "spark")}
MADE_OF_PARTS = {"title-cut", "desc-cut"} | {
    f"{what}-{fault}" for what in ("tag", "attribute-name", "attribute-value") for fault in ("empty", "bytes")
}
MADE_OF_PARTS |= {"in-doubt", "changed", "data-id-bytes", "task-name-bytes"}
MADE_OF_PARTS |= {"notification-not-carried", "web-not-carried"}
"""Names that the code puts together."""
ONE_WORD = {"date", "timezone"}


def _constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _in_code() -> set[str]:
    files = [*PACKAGE.glob("spec/**/*.py"), *PACKAGE.glob("audience/**/*.py"), *PACKAGE.glob("tencent/m*.py")]
    files += [
        PACKAGE / "tencent/delivery.py",
        PACKAGE / "tencent/offline_push.py",
        *PACKAGE.glob("plan/*.py"),
        PACKAGE / "api/audiences.py",
        PACKAGE / "views/plan_problems.py",
        PACKAGE / "api/importing.py",
    ]
    files.remove(
        PACKAGE / "spec/policy.py"
    )  # its names are those of policies, which have a page of their own
    words = {word for file in files for word in _constants(file)}
    rules = {word for word in words if re.fullmatch(r"[a-z]+(-[a-z]+)+", word)}
    return (rules | MADE_OF_PARTS | ONE_WORD) - WORDS_THAT_ARE_NO_RULES


def _in_policy_models() -> set[str]:
    """Return the rules of the policy model, whose other words are names of policies."""
    return {"time-of-day", "share-form"}


def test_every_rule_has_an_entry_and_every_entry_a_rule() -> None:
    """Who looks up the name in brackets finds what to do."""
    entries = re.findall(r"^### (.+)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(entries) == len(set(entries))
    assert set(entries) == _in_code() | _in_policy_models()


def test_every_entry_says_how_to_fix_it() -> None:
    """A rule without a way out is an obstacle."""
    _, *entries = re.split(r"^### ", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert [entry.partition("\n")[0] for entry in entries if "*Fix:* " not in entry] == []
