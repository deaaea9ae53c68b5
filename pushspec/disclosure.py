"""Decide which parts of people's files a message may show.

A person who writes a secret into a file by mistake meets a message about it, in a log that others read.
Whatever is shown of a file goes through here: a line of it, a name, an address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pushspec.language import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

HIDDEN = "***"
PROJECT_FILE = "pushspec.yaml"
_HARMLESS_KEYS = frozenset(
    {
        "apiVersion", "kind", "name", "default_environment", "timezone", "frozen", "sandbox", "sdk_app_id",
        "region", "base_url", "identifier", "edition", "quota_day_starts", "population", "lock", "endpoint",
        "status", "code", "from", "to",
    }
)  # fmt: skip
"""Keys of the project file whose values are shown; short figures, true and false are, whatever their key."""
_SECRET_KEY = re.compile(
    r"(?i)secret|usersig|user_sig|passw|passphrase|\bpwd|token|credential|private|api_?key|access_?key|\A(key|pw|auth)\Z"
)
_PAIR = re.compile(
    r"""(?P<key>"[^"]*"|'[^']*'|[^\s{}\[\],:#"'&*!?-][^\s{}\[\],:#]*)(?P<colon>\s*:(?=\s|\Z|[{\["']))"""
)
_VALUE = re.compile(r"""\s*(?:"[^"]*"?|'[^']*'?|(?:(?!\s#)[^,{}\[\]])*)""")
_FIGURE = re.compile(r"""["']?(?:true|false|null|-?\d{1,10}(?:\.\d{1,6})?)["']?\Z""")
_ADDRESS = re.compile(
    r"""(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*:/+|(?<![\w/:])//)(?P<rest>(?:[^\s/@'"]*:[^\n@'"]{1,200}+@)?\S*)"""
    r"""|(?P<user>[^\s/:@'"{}\[\],]+:[^\s@'"]++)(?=@[\w-]+[.:/?])|(?P<query>(?<=\?)[A-Za-z_][\w.-]*=\S*)"""
)
"""An address, however it is written: with one slash, without a scheme, with a space in the password."""
_ADDRESS_SIGNS = re.compile("//|:/|@|[?]")
_KEY_LIKE = re.compile(
    r"[0-9A-Fa-f]{32,}|[A-Za-z0-9+/]{32,}={0,2}|(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)[\w-]{32,}={0,2}"
)
_INDENT = re.compile(r"[\s-]*")
_LONGEST = 2_000
"""Characters of a text that is looked at; the patterns take time that grows with its square."""
_LINES_ABOVE = 500
"""Lines that are searched for the key that a line belongs to."""


def looks_like_key(text: str) -> bool:
    """Whether a name could be a key itself: 32 or more hex digits or base64 characters."""
    return len(text) > _LONGEST or _KEY_LIKE.search(text) is not None


def names_secret(key: str) -> bool:
    """Whether a key of a file says, or with escapes could say, that its value is a secret."""
    return "\\" in key or _SECRET_KEY.search(key) is not None


def shown_name(name: str) -> str:
    """Return a key of a file as a message may show it."""
    return HIDDEN if looks_like_key(name) else name


def shown_address(text: str) -> str:
    """Return a text with every address in it cut to scheme, host and path: no user, no password, no query."""
    return _ADDRESS.sub(_cut_address, text[:_LONGEST])


def shown_message(text: str) -> str:
    """Return a message with every address in the values that it quotes cut as by :func:`shown_address`.

    Every problem and every error passes its words through here, so no rule has to think of it. What the
    template of a phrase says is ours, and stays.
    """
    if not _ADDRESS_SIGNS.search(text):  # nearly every message
        return text
    if not isinstance(text, Phrase):
        return shown_address(text)
    values = {name: _shown_value(value) for name, value in text.values.items()}
    if values == text.values:
        return text
    parts = values.get("")
    if isinstance(parts, tuple):
        return Phrase(text.template.join(parts), text.template, values)
    english = text.template.format(**values) if text.template else shown_address(text)
    return Phrase(english, text.template, values)


def _shown_value(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_shown_value, value))
    return shown_message(value) if isinstance(value, str) else value


def _cut_address(found: re.Match[str]) -> str:
    if found["scheme"] is None:  # the user, or the query, of one that is not written out
        return HIDDEN
    # A password may hold a slash, so everything before the last @ goes.
    return found["scheme"] + found["rest"].rpartition("@")[2].partition("?")[0]


def shown_line(lines: Sequence[str], index: int, file: str) -> str:
    """Return a line of a file as a message may show it, as long as it was, so that a column still points.

    Of the project file only the values of harmless keys are shown, so that a secret in any form stays hidden:
    on its own line, in a list, under an unknown key, or where YAML cannot be read at all. Of other files all
    is shown but the values of keys that name a secret.

    Args:
        lines: The file's lines.
        index: Which of them, from 0.
        file: The file's path in the project.
    """
    line = lines[index]
    if len(line) > _LONGEST:
        return "*" * len(line)
    if file.rpartition("/")[2] == PROJECT_FILE:
        shown = _keys_only(line)
    elif _belongs_to_secret(lines, index):
        shown = _blot(line, _INDENT.match(line).end())  # type: ignore[union-attr] # it matches the empty text
    else:
        shown = _without_secret_values(line)
    return _KEY_LIKE.sub(_stars, shown_row(shown))


def shown_row(text: str) -> str:
    """Return a row of accounts as a message may show it: addresses without user and query."""
    return _ADDRESS.sub(_starred_address, text[:_LONGEST])


def _keys_only(line: str) -> str:
    """Return the line with every text blotted that is no key and not the value of a harmless one."""
    pieces, end = [], 0
    for pair in _PAIR.finditer(line):
        if pair.start() < end:  # inside a value that was kept
            continue
        pieces += [_structure(line[end : pair.start()]), pair[0]]
        value = _VALUE.match(line, pair.end())
        end = value.end() if value is not None else pair.end()
        text = line[pair.end() : end]
        pieces.append(text if _is_harmless(pair["key"].strip("\"'"), text.strip()) else _structure(text))
    return "".join([*pieces, _structure(line[end:])])


def _is_harmless(key: str, value: str) -> bool:
    return _FIGURE.fullmatch(value) is not None or key in _HARMLESS_KEYS


def _structure(text: str) -> str:
    """Return a text with all but brackets, commas, dashes and blanks blotted."""
    return re.sub(r"[^\s{}\[\],]+", lambda found: found[0] if found[0] == "-" else _stars(found), text)


def _without_secret_values(line: str) -> str:
    pieces, end = [], 0
    for pair in _PAIR.finditer(line):
        if pair.start() < end or not names_secret(pair["key"].strip("\"'")):
            continue
        value = _VALUE.match(line, pair.end())
        stop = value.end() if value is not None and value[0].strip() else len(line)
        pieces += [line[end : pair.end()], re.sub(r"\S+", _stars, line[pair.end() : stop])]
        end = stop
    return "".join([*pieces, line[end:]])


def _belongs_to_secret(lines: Sequence[str], index: int) -> bool:
    """Whether a line is nested below a key that names a secret."""
    depth = _depth(lines[index])
    if depth == 0:
        return False
    for above in reversed(lines[max(0, index - _LINES_ABOVE) : index]):
        if not above.strip() or _depth(above) >= depth:
            continue
        if len(above) > _LONGEST:
            return True
        depth = _depth(above)
        pair = _PAIR.search(above)
        if pair is not None and names_secret(pair["key"].strip("\"'")):
            return True
        if depth == 0:
            return False
    return index > _LINES_ABOVE


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _blot(line: str, start: int) -> str:
    return line[:start] + re.sub(r"\S+", _stars, line[start:])


def _stars(found: re.Match[str]) -> str:
    return "*" * len(found[0])


def _starred_address(found: re.Match[str]) -> str:
    if found["scheme"] is None:
        return _stars(found)
    rest = found["rest"]
    user, at, place = rest.rpartition("@")
    plain, mark, query = place.partition("?")
    return found["scheme"] + "*" * len(user) + at + plain + mark + "*" * len(query)
