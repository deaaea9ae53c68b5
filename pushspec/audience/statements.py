"""Judge the query of an audience: one SELECT over files that it names, with the same answer at every run.

The tree comes from the engine's own parser. What it may hold is listed, the rest is refused: a SELECT can
also read the disk, run another query or roll dice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TABLES = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST", "CTE"})
_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"})
_PICKERS = frozenset(
    {"first", "last", "any_value", "arbitrary", "reservoir_quantile", "mode", "list", "array_agg"}
)
"""Aggregates whose answer depends on the order in which rows come."""

_MOMENTS = frozenset(
    {
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
    }
)
"""Words without brackets that mean another thing tomorrow."""


class Refusal(NamedTuple):
    """Why a query is not run.

    Attributes:
        message: What it does.
        hint: What to do instead.
    """

    message: str
    hint: str = ""


def refusal(tree: Mapping[str, Any], stable: frozenset[str]) -> Refusal | None:
    """Return why a parsed query is not run, or None.

    Args:
        tree: What ``json_serialize_sql`` makes of it.
        stable: Names of the functions that give the same answer to the same input without end.
    """
    if tree.get("error"):
        if tree.get("error_type") == "parser":
            return Refusal(
                phrase(
                    "the query cannot be read: {reason}",
                    reason=str(tree.get("error_message")).splitlines()[0],
                )
            )
        return Refusal(phrase("the query is no SELECT"), phrase("an audience only reads"))
    if len(tree["statements"]) != 1:
        return Refusal(
            phrase("the query has {count} statements", count=len(tree["statements"])),
            phrase("write one SELECT"),
        )
    return next(_refusals(tree["statements"][0]["node"], stable), None)


def table_names(tree: Mapping[str, Any]) -> list[str]:
    """Return the files that a query names, each once, in the order of the query."""
    named = [node["table_name"] for node in _walk(tree) if node.get("type") == "BASE_TABLE"]
    within = {entry["key"] for node in _walk(tree) for entry in (node.get("cte_map") or {}).get("map", ())}
    return [name for name in dict.fromkeys(named) if name not in within]


def _walk(node: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


def _refusals(tree: object, stable: frozenset[str]) -> Iterator[Refusal]:
    for node in _walk(tree):
        if node.get("sample"):
            yield Refusal(phrase("the query takes a sample"), phrase("an audience is the same at every run"))
        kind = node.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _NODES:
            yield Refusal(
                phrase("the query is recursive or no plain SELECT"), phrase("write it without RECURSIVE")
            )
        if "modifiers" in node:
            yield from _without_order(node["modifiers"])
        yield from _table_refusals(node)
        yield from _function_refusals(node, stable)


def _without_order(modifiers: list[Mapping[str, Any]]) -> Iterator[Refusal]:
    kinds = {modifier["type"] for modifier in modifiers}
    if "ORDER_MODIFIER" in kinds:
        return
    is_distinct_on = any(modifier.get("distinct_on_targets") for modifier in modifiers)
    if kinds & {"LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER"} or is_distinct_on:
        yield Refusal(phrase("LIMIT and DISTINCT ON need ORDER BY"), phrase("say which rows come first"))


def _table_refusals(node: Mapping[str, Any]) -> Iterator[Refusal]:
    for key in ("from_table", "left", "right"):
        table = node.get(key)
        if not isinstance(table, dict) or "alias" not in table or table.get("class"):
            continue
        kind = table.get("type")
        if kind == "TABLE_FUNCTION" and (table.get("function") or {}).get("function_name") == "unnest":
            continue
        if kind == "TABLE_FUNCTION":
            name = (table.get("function") or {}).get("function_name", "")
            yield Refusal(
                phrase("the query reads from {name}()", name=name),
                phrase("read from a file: from 'audiences/members.csv'"),
            )
        elif isinstance(kind, str) and not kind.endswith("_NODE") and kind not in _TABLES:
            yield Refusal(
                phrase("the query reads from a {kind}", kind=kind),
                phrase("read from a file: from 'audiences/members.csv'"),
            )
        elif table.get("ref_type") in {"POSITIONAL", "ASOF"}:
            yield Refusal(phrase("the query joins by position"), phrase("join by a column"))
        elif table.get("schema_name") or table.get("catalog_name"):
            yield Refusal(
                phrase("the query reads from a schema"),
                phrase("read from a file: from 'audiences/members.csv'"),
            )


def _function_refusals(node: Mapping[str, Any], stable: frozenset[str]) -> Iterator[Refusal]:
    name = str(node.get("function_name", "")).lower()
    if node.get("class") == "FUNCTION" and (name not in stable or name in _PICKERS):
        hint = phrase("an audience is the same at every run: no clock, no chance, no order of rows")
        yield Refusal(phrase("the query calls {name}()", name=name), hint)
    if node.get("class") == "WINDOW" and not node.get("orders"):
        yield Refusal(phrase("a window of the query has no ORDER BY"), phrase("say which rows come first"))
    names = node.get("column_names") if node.get("class") == "COLUMN_REF" else None
    if names and len(names) == 1 and str(names[0]).lower() in _MOMENTS:
        yield Refusal(
            phrase("the query asks for {name}", name=names[0]),
            phrase("write the day itself: date '2026-12-01'"),
        )
