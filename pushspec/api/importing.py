"""Turn a request from the vendor's pages or an old script into a campaign that sends the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.api.names import check_campaign_name
from pushspec.api.planning import read_specs
from pushspec.errors import SpecError, UsageError, message_of
from pushspec.language import phrase
from pushspec.plan.compile import compile_campaigns
from pushspec.problems import Level, Location, Problem
from pushspec.spec.campaign import API_VERSION
from pushspec.spec.load import name_by_file, read_campaign
from pushspec.spec.pasted import Pasted, read_pasted
from pushspec.spec.project import CAMPAIGNS
from pushspec.spec.sample_json import SampleError
from pushspec.spec.source import MAX_BYTES, Source, read_source
from pushspec.spec.templates import Renderer
from pushspec.spec.yaml_text import yaml_text
from pushspec.suggest import did_you_mean
from pushspec.tencent.bodies import differences, endpoints_of, join_accounts, read_body
from pushspec.tencent.delivery import TEMPLATED
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.fields import IS_NULL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.api.project import LoadedProject
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.serialization import Json
    from pushspec.tencent.fields import Path as FieldPath

__all__ = ["MAX_BYTES", "ImportedCampaign", "import_request"]

_ORDER = ("from", "audience", "notification", "web", "message", "delivery")
_TEMPLATE = re.compile(r"\{(?=[{%#])")


@dataclass(frozen=True, slots=True)
class ImportedCampaign:
    """A campaign that sends what a request did.

    Attributes:
        name: Its name.
        file: Where it belongs, relative to the project folder.
        text: The file.
        endpoint: The endpoint.
        audience: Who gets it, in words.
        warnings: What a person should compare with the request.
    """

    name: str
    file: str
    text: str
    endpoint: str
    audience: str
    warnings: tuple[Problem, ...]


def import_request(
    project: LoadedProject, data: bytes, *, file: str, endpoint: str | None = None, name: str | None = None
) -> ImportedCampaign:
    """Return the campaign that plans to the body of a request, but for what each call has of its own.

    The campaign is compiled as ``plan`` compiles it, and its body compared with the request field by field.

    Args:
        project: The project, at the environment whose limits the campaign is checked against.
        data: A body with or without comments, under a URL, or in a curl line; at most ``MAX_BYTES``.
        file: Where it is from, for places of problems.
        endpoint: Where a bare body goes, such as ``timpush/push``.
        name: The campaign's name; made from ``file`` unless given.

    Raises:
        SpecError: The request cannot be read, or holds what no campaign can send; each is named.
        UsageError: The endpoint cannot be told, or the name is taken.
    """
    source = _source(data, file)
    pasted = _pasted(source)
    chosen = _endpoint(pasted, endpoint, file)
    written, unread = read_body(pasted.body, ENDPOINTS[chosen])
    known = {path for path, _ in unread}
    nulls = [
        (path, IS_NULL)
        for path in _nulls(pasted.body)
        if not any(path[:depth] in known for depth in range(len(path) + 1))
    ]
    refused = [_unread(pasted, source, path, reason) for path, reason in (*unread, *nulls)]
    if refused:
        raise SpecError(refused)
    name = _free_name(project, name or name_by_file(file))
    target = f"{CAMPAIGNS}/{name}.yaml"
    text = _campaign_text(project, name, chosen, written)
    compiled = _compile(project, text, f"{target} (not written)")
    bodies = [call.fields() for call in compiled.calls.calls()]
    changed = differences(pasted.body, join_accounts(bodies))
    if changed:
        raise SpecError(
            [_unread(pasted, source, (field,), phrase("would be sent as another value")) for field in changed]
        )
    return ImportedCampaign(
        name, target, text, chosen, compiled.calls.audience, tuple(_doubts(pasted, source))
    )


def _source(data: bytes, file: str) -> Source:
    source, problems = read_source(data, file)
    errors = [problem for problem in problems if problem.is_error]
    if source is None or errors:
        raise SpecError(errors)
    return source


def _pasted(source: Source) -> Pasted:
    try:
        return read_pasted(source.text)
    except SampleError as error:
        location = Location(source.file) if error.offset is None else source.at_offset(error.offset)
        raise SpecError([Problem(location, "import-syntax", message_of(error), error.hint)]) from None


def _endpoint(pasted: Pasted, given: str | None, file: str) -> EndpointName:
    """Return where the request goes: as its URL says, as was said, or as its fields tell.

    Raises:
        SpecError: Campaigns do not send to the endpoint of the URL.
        UsageError: Two were given, or the fields tell none.
    """
    of_url = pasted.endpoint
    if of_url is not None and of_url not in list(EndpointName):
        message = phrase("the request goes to {of_url}, and no campaign does", of_url=of_url)
        hint = phrase("campaigns send to {endpoints}", endpoints=", ".join(EndpointName))
        raise SpecError([Problem(Location(file), "import-endpoint", message, hint)])
    if of_url is not None and given not in {None, of_url}:
        raise UsageError(
            phrase("the URL goes to {of_url}, not to {given}", of_url=of_url, given=given),
            hint=phrase("leave out --endpoint"),
        )
    named = of_url or given
    if named is not None:
        if named not in list(EndpointName):
            raise UsageError(
                phrase("no campaign goes to {named!r}", named=named),
                hint=did_you_mean(named, [str(it) for it in EndpointName]),
            )
        return EndpointName(named)
    possible = endpoints_of(pasted.body)
    if len(possible) != 1:
        hint = phrase("--endpoint one of {possible}", possible=", ".join(possible or EndpointName))
        raise UsageError(phrase("the body does not tell which endpoint it was for"), hint=hint)
    return possible[0]


def _free_name(project: LoadedProject, name: str) -> str:
    """Return a name that no campaign of the project has.

    Raises:
        UsageError: One has it, or it is no name.
    """
    check_campaign_name(name)
    taken = {spec.campaign.name: spec.path for spec in read_specs(project)[0]}
    if name in taken:
        raise UsageError(
            phrase("{taken} has the name {name} already", taken=taken[name], name=name),
            hint=phrase("choose another with --name"),
        )
    return name


def _campaign_text(
    project: LoadedProject, name: str, endpoint: EndpointName, written: dict[str, Json]
) -> str:
    head = {"apiVersion": API_VERSION, "kind": "Campaign", "name": name, "version": 1, "endpoint": endpoint}
    for part in ("notification", "web", "message"):
        if part in written:
            written[part] = _literal(written[part])
    for key in TEMPLATED:
        if key in written.get("delivery", {}):
            written["delivery"][key] = _literal(written["delivery"][key])
    return yaml_text(head | {key: written[key] for key in _ORDER if key in written})


def _literal(value: Json) -> Json:
    """Return a value whose texts render to themselves, braces included."""
    if isinstance(value, str):
        return _TEMPLATE.sub("{{ '{' }}", value)
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    return [_literal(item) for item in value] if isinstance(value, list) else value


def _compile(project: LoadedProject, text: str, file: str) -> CompiledCampaign:
    """Return the campaign as ``plan`` would compile it.

    Raises:
        SpecError: A campaign cannot say it, or a rule forbids it.
    """
    spec, problems = read_campaign(text.encode("utf-8"), file)
    if spec is not None:
        with Renderer(project.root) as renderer:
            compiled, found = compile_campaigns(project.spec, project.environment_name, [spec], renderer)
        problems = [*problems, *found]
        if compiled and not any(problem.is_error for problem in problems):
            return compiled[0]
    raise SpecError([problem for problem in problems if problem.is_error])


def _nulls(value: Json, path: FieldPath = ()) -> Iterator[FieldPath]:
    """Yield the place of every null: in a list, or under a name of the app's own, no field refuses it."""
    if value is None:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from _nulls(item, (*path, step))


def _unread(pasted: Pasted, source: Source, path: FieldPath, reason: str) -> Problem:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    hint = phrase("take it out of the request to import the rest, and say in the campaign what it was for")
    hint = hint if reason is not IS_NULL else phrase("take it out of the request to import the rest")
    return Problem(
        _place(pasted, source, path),
        "import-field",
        phrase("{name} {refusal}", name=steps.lstrip("."), refusal=reason),
        hint,
    )


def _place(pasted: Pasted, source: Source, path: FieldPath) -> Location:
    offset = pasted.sample.places.get(path)
    return source.at_offset(offset) if pasted.is_whole and offset is not None else Location(source.file)


def _doubts(pasted: Pasted, source: Source) -> Iterator[Problem]:
    for offset, message in pasted.sample.doubts:
        location = source.at_offset(offset) if pasted.is_whole else Location(source.file)
        yield Problem(location, "import-comment", message, level=Level.WARNING)
