"""Draws shares into the campaigns of a project that is drawn already, and a holdout into the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oracle.history import as_yaml, from_yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

_SHARES = ("50%", "50%", "30%", "12.5%", "66.667%", "33.333%")


def draw_shares(chance: random.Random, files: dict[str, bytes], campaigns: Sequence[str]) -> None:
    """Cut some lists into shares, and hold people out of some projects."""
    if chance.random() < 0.1:
        holdout = {"share": chance.choice(_SHARES), "salt": chance.choice(("2026", "h"))}
        files["pushspec.yaml"] = as_yaml(from_yaml(files["pushspec.yaml"]) | {"holdout": holdout})
    for path in campaigns:
        spec = from_yaml(files[path])
        if is_to_accounts(spec) and "variants" not in spec and chance.random() < 0.2:
            files[path] = as_yaml(_with_shares(chance, spec))


def _with_shares(chance: random.Random, spec: dict[str, Any]) -> dict[str, Any]:
    shares = [chance.choice(_SHARES) for _ in range(chance.choice((1, 2, 2)))]
    variants = [
        {"name": name, "share": share, "vars": {"greeting": f"Yo {name}"}}
        for name, share in zip(("a", "b"), shares, strict=False)
    ]
    salt = {"salt": "spring"} if chance.random() < 0.3 else {}
    return spec | salt | {"variants": variants}


def is_to_accounts(spec: Mapping[str, Any]) -> bool:
    """Whether a campaign goes to listed accounts."""
    return spec["endpoint"] in {"timpush/batch", "openim/batchsendmsg"}
