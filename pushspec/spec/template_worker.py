"""The process that renders templates: it reads jobs on stdin, and limits itself before it reads the first."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import sys
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.utils import missing

from pushspec.language import Phrase, packed, phrase, template
from pushspec.spec.template_filters import FILTERS, LanguageError
from pushspec.spec.template_language import TemplateLanguage, UndefinedNameError, closest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

# Whatever Jinja, or Python in what Jinja compiles, raises for a wrong template. Anything else is a bug: it
# ends the process, and the parent reports that.
_TEMPLATE_ERRORS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
_MESSAGE, _HINT = 300, 4_000  # characters
_NAMES = 30
_PYTHON_FUNCTION = re.compile(r"\A(<lambda>|\w+)\(\)")  # begins what Python says of wrong arguments


def main() -> None:
    """Render the jobs that come in on stdin, one JSON value a line, until it ends; one reply a text."""
    limits = json.loads(sys.argv[2])
    os.environ.clear()
    _limit_this_process(limits["memory_bytes"])
    rendering = _Rendering(Path(sys.argv[1]), limits["output_bytes"])
    _reply("ready")
    for line in sys.stdin.buffer:
        job = json.loads(line)
        # The default action of the signal ends the process, also in the middle of one long operation in C.
        signal.setitimer(signal.ITIMER_PROF, limits["cpu_s"])
        for source in job["texts"]:
            _reply(rendering.render(source, job["variables"]))
        signal.setitimer(signal.ITIMER_PROF, 0)


def _reply(value: object) -> None:
    # Each at once: after a crash the parent knows by what is missing which text it was.
    sys.stdout.buffer.write(json.dumps(value).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def _limit_this_process(memory_bytes: int) -> None:
    """Set limits that hold even if a template breaks out of Jinja: no file written, no process, no core."""
    limits = {
        "RLIMIT_AS": _address_space() + memory_bytes,
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_NOFILE": 32,
        "RLIMIT_NPROC": 0,
    }
    for name, value in limits.items():
        # macOS and containers know fewer of them, or refuse to lower one; the limits on time stay.
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def _address_space() -> int:
    """Return the bytes that the interpreter has mapped already, where the kernel tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


class _Rendering:
    """Renders texts, each compiled once while it is used again and again, as in personalised campaigns."""

    def __init__(self, project: Path, output_bytes: int) -> None:
        self._output_bytes = output_bytes
        self._compile = lru_cache(maxsize=256)(TemplateLanguage(project).from_string)

    def render(self, source: str, variables: Mapping[str, Any]) -> str | dict[str, object]:
        """Return the text, or the fault as a mapping for the parent."""
        template: Template | None = None
        try:
            template = self._compile(source)
            return self._collect(template, variables)
        except MemoryError:
            os._exit(os.EX_OSERR)  # what is left of the heap is in pieces: a new process is cheaper
        except _TEMPLATE_ERRORS as error:
            return _fault(error, template, variables)

    def _collect(self, template: Template, variables: Mapping[str, Any]) -> str:
        pieces: list[str] = []
        size = 0
        for piece in template.root_render_func(template.new_context(dict(variables))):
            pieces.append(piece)
            size += len(piece.encode("utf-8", "surrogatepass"))
            if size > self._output_bytes:
                raise LanguageError(
                    "template-limit",
                    phrase("the text is longer than {most:,} bytes", most=self._output_bytes),
                )
        return "".join(pieces)


def _fault(error: Exception, template: Template | None, variables: Mapping[str, Any]) -> dict[str, object]:
    """Say in plain words what is wrong, and on which line of the text."""
    line, place = _places(error, template)
    match error:
        case LanguageError():
            rule, message, hint = error.rule, error.args[0], error.hint
        case UndefinedNameError():
            rule, message, hint = _undefined(error, variables)
        case TemplateSyntaxError():
            rule, message = "template-syntax", phrase("this is not a template")
            if error.message:
                message = _of_jinja(error.message.rstrip("."))
            hint = phrase("every {{{{ ends in }}}} and every {{% in %}}")
            if not place:
                hint = phrase("{hint}; in YAML, put the whole text in quotes", hint=hint)
        case SecurityError():
            rule, message, hint = (
                "template-forbidden",
                phrase("this cannot be called"),
                phrase("call range() or a macro"),
            )
        case RecursionError() | SyntaxError():
            rule, message = "template-limit", phrase("it nests too deeply")
            hint = phrase("a macro or an include may call itself; long chains of operators nest too")
        case _:
            message = _of_jinja(_PYTHON_FUNCTION.sub("the filter", str(error) or type(error).__name__))
            rule, hint = "template-value", ""
    told = phrase("{place}{message}", place=place, message=message) if place else message
    return {"rule": rule, "message": packed(told, _MESSAGE), "line": line, "hint": packed(hint, _HINT)}


def _of_jinja(english: str) -> Phrase:
    """Return what Jinja or Python says; in another language, with a word before it that tells whose it is."""
    return Phrase(english, template("Jinja: {words}"), {"words": english})


def _no_column(name: str) -> Phrase:
    return phrase("user has the columns that the audience's personalize: names; add {name} to it", name=name)


def _undefined(error: UndefinedNameError, variables: Mapping[str, Any]) -> tuple[str, str, str]:
    hint: str
    if error.name in variables and error.owner is missing:
        hint = phrase(
            "an imported file does not see the campaign's variables: import it with context, or include it"
        )
        return "template-undefined", phrase("`{name}` is not defined here", name=error.name), hint
    if error.owner is missing:
        known = ", ".join(sorted(variables)[:_NAMES]) or phrase("none")
        message = phrase("`{name}` is not defined", name=error.name)
        return (
            "template-undefined",
            message,
            closest(error.name, variables) or phrase("defined names: {known}", known=known),
        )
    if isinstance(error.owner, dict):
        path = next((f"{name}." for name, value in variables.items() if value is error.owner), "")
        keys = {str(key) for key in error.owner}
        hint = closest(error.name, keys) or (_no_column(error.name) if path == "user." else "")
        return "template-undefined", phrase("`{path}{name}` is not defined", path=path, name=error.name), hint
    if error.name in FILTERS:
        return (
            "template-forbidden",
            phrase("`.{name}` is not available", name=error.name),
            phrase("use the filter: | {name}", name=error.name),
        )
    hint = phrase("values have keys and filters, but no methods")
    return "template-forbidden", phrase("`.{name}` is not available", name=error.name), hint


def _places(error: Exception, template: Template | None) -> tuple[int, str]:
    """Return the line in the campaign's text, and the file below ``templates/`` to begin the message with."""
    line = 0
    inner: str = ""
    for frame, lineno in walk_tb(error.__traceback__):
        running = frame.f_globals.get("__jinja_template__")
        if running is None:
            continue
        here = running.get_corresponding_lineno(lineno)
        line, inner = (
            (here, "")
            if running is template
            else (line, phrase("templates/{name} line {line}: ", name=running.name, line=here))
        )
    match error:
        case TemplateSyntaxError(name=name, lineno=own):
            pass
        case LanguageError(template=name, line=own) if own:
            pass
        case _:
            return line, inner
    return (
        (own, "") if name is None else (line, phrase("templates/{name} line {line}: ", name=name, line=own))
    )


if __name__ == "__main__":
    main()
