"""``pushspec import``: a request body of the vendor's pages or an old script becomes a campaign."""

from __future__ import annotations

from pathlib import Path

import click

from pushspec.cli import options
from pushspec.language import said, say


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@options.project
@options.environment
@click.option("--endpoint", metavar="PATH", help="Where a bare body goes, such as timpush/push.")
@click.option("--name", help="Name of the campaign; default: the file's.")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File to write; default: campaigns/NAME.yaml. - writes to stdout.",
)
def command(
    file: Path,
    folder: Path,
    environment: str | None,
    endpoint: str | None,
    name: str | None,
    out: Path | None,
) -> None:
    """Turn a request into a campaign that sends the same.

    FILE is a JSON body, comments allowed, or one under a URL or in a curl line; - reads stdin. Drops the
    signature of a URL, and overwrites no file.
    """
    from pushspec.api.importing import MAX_BYTES, import_request
    from pushspec.api.project import load_project
    from pushspec.cli.output import paint_told, show, tell, told_width
    from pushspec.files import write_new_file
    from pushspec.paths import check_no_link
    from pushspec.views.problems import problems_text

    project = load_project(folder, environment=environment)
    with click.open_file(str(file), "rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    source = "stdin" if str(file) == "-" else file.name
    name = name or (out.stem if out is not None and str(out) != "-" else None)
    imported = import_request(project, data, file=source, endpoint=endpoint, name=name)
    if imported.warnings:
        tell(problems_text(imported.warnings, paint=paint_told, width=told_width()).rstrip("\n"))
    if str(out) == "-":
        show(imported.text)
        return
    path = out or project.root / imported.file
    if path.parent.absolute().is_relative_to(project.root):
        check_no_link(project.root, path.parent.absolute().relative_to(project.root).as_posix())
    write_new_file(path, imported.text)
    show(
        say(
            "wrote {file}: {endpoint} to {audience}\n",
            file=out or imported.file,
            endpoint=imported.endpoint,
            audience=said(imported.audience),
        )
    )
    show(f"\n{say('Next: {step}', step=f'pushspec plan {imported.name}')}\n")
