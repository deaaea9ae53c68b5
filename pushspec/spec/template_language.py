"""What a template may say: Jinja without whatever reaches out, runs away, or differs between machines."""

from __future__ import annotations

from functools import partial
from types import MethodType
from typing import TYPE_CHECKING

from jinja2 import BaseLoader, StrictUndefined, Undefined, UndefinedError, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import missing

from pushspec.language import phrase
from pushspec.paths import PathRefusedError, check_relative, read_inside
from pushspec.spec.template_filters import FILTERS, LanguageError, kind_of, text
from pushspec.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from jinja2.runtime import Context

    from pushspec.serialization import Json

_NODES = 10_000  # parts of one template, as the parser counts them
_RANGE = 1_000
_NUMBER = 2**63
_FILE_BYTES = 64 * 1024


class UndefinedNameError(UndefinedError):
    """A template uses a name that has no value.

    Attributes:
        name: The name.
        owner: What was asked for it; ``missing`` when it stood alone.
    """

    def __init__(self, name: object, owner: object, message: str | None) -> None:
        super().__init__(message)
        self.name = str(name)
        self.owner = owner


class _Undefined(StrictUndefined):
    """Keeps the name apart from the message, so that a close one can be offered."""

    def __init__(
        self, hint: str | None = None, obj: object = missing, name: str | None = None, exc: object = None
    ) -> None:
        super().__init__(hint, obj, name, partial(UndefinedNameError, name, obj))  # type: ignore[arg-type]  # called, no more


def closest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean …?" for a name that is nearly one of ``known``, or an empty text."""
    near = nearest(name, sorted(known))
    return phrase("did you mean `{near}`?", near=near) if near else ""


_MOST_NAMES = 200
_TEST_NAMES = (
    "boolean defined divisibleby eq equalto even false float ge greaterthan gt in integer iterable le"
    " lessthan lower lt mapping ne none number odd sequence string true undefined upper == != > >= < <="
)

_FORBIDDEN_TAGS: Mapping[type[nodes.Node], str] = {
    nodes.Block: "block",
    nodes.Extends: "extends",
    nodes.ScopedEvalContextModifier: "autoescape",
}


class _Range:
    """A short range; an object of ours, because a function would print its address."""

    def __call__(self, *bounds: int) -> list[int]:
        numbers = range(*bounds)
        if len(numbers) > _RANGE:
            raise LanguageError(
                "template-limit", phrase("range() of more than {most:,} numbers", most=_RANGE)
            )
        return list(numbers)


class FolderLoader(BaseLoader):
    """Reads what ``include`` and ``import`` name, below ``templates/`` and through no link."""

    def __init__(self, project: Path) -> None:
        self._project = project

    def get_source(self, environment: object, template: str) -> tuple[str, None, None]:
        """Return the text of a file below ``templates/``."""
        try:
            check_relative(template)
            content = read_inside(self._project, f"templates/{template}", max_bytes=_FILE_BYTES)
        except PathRefusedError as refused:
            hint = refused.hint or self._guess(template) or phrase("include and import read below templates/")
            raise LanguageError(
                "template-include",
                phrase('"{template}": {reason}', template=template, reason=refused.reason),
                hint,
            ) from None
        try:
            return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8"), None, None
        except UnicodeDecodeError:
            raise LanguageError(
                "template-include",
                phrase("templates/{template} is not UTF-8", template=template),
                hint=phrase("save it as UTF-8"),
            ) from None

    def _guess(self, template: str) -> str:
        """Return which file right below ``templates/`` was probably meant; endings make all names alike."""
        folder = self._project / "templates"
        if folder.is_symlink() or not folder.is_dir():
            return ""
        names = {path.stem: path.name for path in sorted(folder.iterdir())[:_MOST_NAMES]}
        near = nearest(template.rpartition(".")[0], names)
        return phrase("did you mean `{near}`?", near=names[near]) if near else ""


class TemplateLanguage(ImmutableSandboxedEnvironment):
    """Jinja where values have keys and filters, but no methods and no way out."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, project: Path) -> None:
        super().__init__(
            undefined=_Undefined,
            finalize=text,
            loader=FolderLoader(project),
            keep_trailing_newline=True,
            autoescape=False,
            auto_reload=False,
            cache_size=64,
        )
        self.filters = dict(FILTERS)
        self.tests = {name: TESTS[name] for name in _TEST_NAMES.split()}
        self.globals = {"range": _Range()}

    def getattr(self, obj: object, attribute: str) -> object:
        """Return a key of a mapping, or what ``loop`` or an imported file offers; nothing of Python's."""
        if isinstance(obj, LoopContext | TemplateModule):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: object, argument: Json) -> Json:
        """Return an entry of a mapping, a list or a text."""
        if isinstance(obj, Undefined):
            text(obj)
        if isinstance(obj, dict | list | tuple | str):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        return self.undefined(obj=obj, name=argument)

    def is_safe_callable(self, obj: object) -> bool:
        """Allow macros, ``range`` and the functions of ``loop``."""
        if isinstance(obj, Undefined):
            text(obj)
        owner = obj.__self__ if isinstance(obj, MethodType) else obj
        return isinstance(owner, Macro | LoopContext | _Range)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Calculate with numbers of ordinary size; ``+`` also joins texts and lists."""
        if operator == "**":
            raise LanguageError(
                "template-forbidden", phrase("** is not available"), phrase("multiply instead")
            )
        if operator != "+":
            for value in (left, right):
                _require_number(value, operator)
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int) and abs(result) > _NUMBER:
            raise LanguageError("template-limit", phrase("a number is larger than 2 to the power of 63"))
        return result

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        pending: list[nodes.Node] = [tree]
        for _ in range(_NODES):
            if not pending:
                return tree
            node = pending.pop()
            pending.extend(node.iter_child_nodes())
            self._check(node, name)
        raise LanguageError(
            "template-limit",
            phrase("it has more than {most:,} parts", most=_NODES),
            phrase("shorten it"),
            line=1,
            template=name,
        )

    def _check(self, node: nodes.Node, template: str | None) -> None:
        refuse = partial(_refuse, node, template)
        match node:
            case nodes.Block() | nodes.Extends() | nodes.ScopedEvalContextModifier():
                refuse(
                    phrase("the tag {tag} is not available", tag=_FORBIDDEN_TAGS[type(node)]),
                    phrase("use include or import"),
                )
            case nodes.Include(ignore_missing=True):
                refuse(phrase("ignore missing is not available"), phrase("a missing file is always an error"))
            case nodes.Name(name="self"):
                refuse(phrase("`self` is not available"), "")
            case nodes.Filter(name=name) if name not in self.filters:
                refuse(
                    phrase("there is no filter `{name}`", name=name),
                    closest(name, FILTERS) or phrase("filters: {names}", names=", ".join(FILTERS)),
                )
            case nodes.Test(name=name) if name not in self.tests:
                refuse(phrase("there is no test `{name}`", name=name), closest(name, self.tests))
            case nodes.Concat():
                # `~` calls str() by itself; through the filter it refuses what `{{ }}` refuses.
                node.nodes = [
                    nodes.Filter(part, "string", [], [], None, None, lineno=part.lineno, environment=self)
                    for part in node.nodes
                ]


def _refuse(node: nodes.Node, template: str | None, message: str, hint: str) -> None:
    raise LanguageError("template-forbidden", message, hint, line=node.lineno, template=template)


def _require_number(value: object, operator: str) -> None:
    if isinstance(value, Undefined):
        text(value)
    if not isinstance(value, int | float):
        raise LanguageError(
            "template-value",
            phrase("{operator} takes numbers, and this is a {kind}", operator=operator, kind=kind_of(value)),
        )
