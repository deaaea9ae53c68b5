"""Draws listed accounts and the files in which they lie, as people and spreadsheets leave them."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Literal

from oracle.history import Write
from oracle.not_yet import is_drawn
from oracle.people import PEOPLE

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_ACCOUNTS = tuple(person.account for person in PEOPLE)
_LANGS, _TIERS = ("en", "zh", "“ja”"), ("gold", "tin, old")


class ListMaker:
    """Draws lists into the files of a project."""

    def __init__(self, chance: random.Random, files: dict[str, bytes]) -> None:
        self.chance = chance
        self.files = files
        self.known: dict[str, list[str]] = {}
        self._count = 0

    def audience(self) -> dict[str, Any]:
        """Return an audience that may be personal."""
        if self._sometimes(0.3):
            path = self._write(self._some(2, 6), self.chance.choice(("csv", "csv", "jsonl")))
            columns = self.chance.sample(("lang", "tier"), self.chance.randint(1, 2))
            return self._with_exclude({"file": path, "column": "user_id", "personalize": columns})
        return self.plain_audience()

    def plain_audience(self) -> dict[str, Any]:
        """Return an audience whose people all get the same."""
        if self._sometimes(0.25):
            accounts = self._some(1, 5)
            return self._with_exclude({"accounts": accounts + accounts[:1] * self._sometimes(0.2)})
        if self._sometimes(0.2):
            return self._with_exclude({"file": self._pattern()})
        path = self._write(self._some(1, 6), self.chance.choice(("csv", "txt", "txt", "jsonl")))
        return self._with_exclude({"file": path} | self._column(path))

    def _column(self, path: str) -> dict[str, str]:
        return {} if path.endswith(".txt") else {"column": "user_id"}

    def edits(self) -> Iterator[Write]:
        """Yield a changed list: with one more, one less, or others."""
        if not self.known:
            return
        path = self.chance.choice(sorted(self.known))
        accounts = self.known[path]
        changed = self.chance.choice(
            (accounts[1:], [*accounts, self.chance.choice(_ACCOUNTS)], self._some(1, 5))
        )
        yield Write(path, self._data(changed or accounts, path.rpartition(".")[2]))

    def _sometimes(self, share: float) -> bool:
        return self.chance.random() < share

    def _some(self, least: int, most: int) -> list[str]:
        return self.chance.sample(_ACCOUNTS, self.chance.randint(least, most))

    def _path(self, ending: str) -> str:
        self._count += 1
        return f"audiences/list{self._count}.{ending}"

    def _write(self, accounts: list[str], ending: str, path: str = "") -> str:
        path = path or self._path(ending)
        self.known[path] = accounts
        self.files[path] = self._data(accounts, ending)
        return path

    def _pattern(self) -> str:
        """Return a pattern of several files, or the name of one that looks like a pattern."""
        self._count += 1
        stem = f"audiences/vip{self._count}"
        if self._sometimes(0.5) and is_drawn("brackets"):
            self._write(self._some(1, 4), "txt", f"{stem}[1].txt")
            self._write(self._some(1, 4), "txt", f"{stem}1.txt")
            return f"{stem}[1].txt"
        self._write(self._some(1, 4), "txt", f"{stem}-a.txt")
        self._write(self._some(1, 4), "txt", f"{stem}-b.txt")
        self._write(self._some(1, 4), "txt", f"{stem}x-c.txt")
        return self.chance.choice((f"{stem}-*.txt", f"{stem}-?.txt"))

    def _with_exclude(self, audience: dict[str, Any]) -> dict[str, Any]:
        if not self._sometimes(0.5):
            return audience
        inside = audience.get("accounts") or self.known.get(audience["file"]) or list(_ACCOUNTS)
        exclude = [self._exclude(inside) for _ in range(self.chance.choice((1, 1, 2, 3)))]
        return audience | {"exclude": exclude}

    def _exclude(self, inside: list[str]) -> str:
        """Write an exclude list; most hold somebody of the audience."""
        accounts = self.chance.sample(inside, min(len(inside), self.chance.choice((1, 1, 2)))) + self._some(
            0, 2
        )
        accounts = list(dict.fromkeys(accounts))
        if self._sometimes(0.08) and is_drawn("exclude-without-effect"):
            accounts = [name for name in _ACCOUNTS if name not in inside][:2] or accounts
        ending = self.chance.choice(("csv", "txt", "txt", "jsonl"))
        if ending == "csv":
            path = self._path("csv")
            self.files[path] = self._csv(accounts, columns=False)
            self.known[path] = accounts
            return path
        path = self._write(accounts, "txt")
        if self._sometimes(0.1) and is_drawn("spoilt-exclude"):
            self.files[path] = self._spoilt(self.files[path])
        return path

    def _spoilt(self, data: bytes) -> bytes:
        lines = data.decode().splitlines()
        last = lines[-1]
        lines[-1] = self.chance.choice(
            (f"{last} ", f" {last}", f"{last}\u200b", f"{last}\ufe0f", f"{last},2024-01-01", f'"{last}"')
        )
        return ("\n".join(lines) + "\n").encode()

    def _data(self, accounts: list[str], ending: str) -> bytes:
        match ending:
            case "csv":
                return self._csv(accounts, columns=True)
            case "jsonl":
                rows = (json.dumps(self._row(account), ensure_ascii=False) for account in accounts)
                return self._dressed("".join(f"{row}\n" for row in rows))
            case _:
                blank = "\n" if self._sometimes(0.2) else ""
                return self._dressed("".join(f"{account}\n" for account in accounts) + blank)

    def _row(self, account: str) -> dict[str, str]:
        return {"user_id": account, "lang": self.chance.choice(_LANGS), "tier": self.chance.choice(_TIERS)}

    def _csv(self, accounts: list[str], *, columns: bool) -> bytes:
        file = io.StringIO()
        quoting: Literal[0, 1] = csv.QUOTE_ALL if self._sometimes(0.3) else csv.QUOTE_MINIMAL
        names = ["user_id", "lang", "tier"] if columns else ["user_id"]
        self.chance.shuffle(names)
        writer = csv.DictWriter(file, names, quoting=quoting, lineterminator="\n", extrasaction="ignore")
        if self._sometimes(0.9) or not is_drawn("no-header"):
            writer.writeheader()
        writer.writerows(self._row(account) for account in accounts)
        text = file.getvalue()
        if self._sometimes(0.08) and is_drawn("separators"):
            text = text.replace(",", ";")
        return self._dressed(text)

    def _dressed(self, text: str) -> bytes:
        if self._sometimes(0.25):
            text = text.replace("\n", "\r\n")
        if self._sometimes(0.15):
            text = text.rstrip("\r\n")
        return (b"\xef\xbb\xbf" if self._sometimes(0.25) else b"") + text.encode()
