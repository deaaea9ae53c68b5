"""``pushspec audience``: pull the lists of audience files, look at their pins, remove old lists."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.language import say

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def command() -> None:
    """Pull lists of people, and show what their pins say."""


@command.command()
@options.audiences
@options.project
@options.environment
def pull(names: tuple[str, ...], folder: Path, environment: str | None) -> None:
    """Run audience files, and write their lists and pins.

    NAMES are names of audiences; without NAMES, all. A list goes to the environment's audience_store, the
    pin to audiences/: commit it. A campaign with `audience: {use: NAME}` sends to the list that the pin
    names.
    """
    from pushspec.api.audiences import pull_audiences
    from pushspec.api.project import load_project
    from pushspec.cli.output import paint_told, show_fitted, tell, told_width
    from pushspec.cli.reading_progress import ReadingProgress
    from pushspec.views.audience import pulled_text
    from pushspec.views.problems import problems_text

    project = load_project(folder, environment=environment)
    progress = ReadingProgress()
    try:
        with progress.going_on():
            for pulled in pull_audiences(project, names, environ=os.environ, on_progress=progress):
                progress.finish()
                if pulled.problems:
                    tell(problems_text(pulled.problems, paint=paint_told, width=told_width()).rstrip("\n"))
                show_fitted(pulled_text(pulled))
    finally:
        progress.finish()


@command.command(name="show")
@options.audiences
@options.project
@options.environment
@click.option(
    "--samples",
    "sample_count",
    type=click.IntRange(0, 1000),
    default=0,
    help="Show the first people of each list, too; it has to be at hand.",
)
@options.formats("text", "json", of="audience_show")
def show_pins(
    names: tuple[str, ...], folder: Path, environment: str | None, sample_count: int, form: str
) -> None:
    """Show what pins say, in counts.

    NAMES are names of audiences; without NAMES, all. With --samples this prints accounts.
    """
    from pushspec.api.audiences import read_pins
    from pushspec.api.lists import samples
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, show_fitted
    from pushspec.views.audience import pins_json, pins_text, samples_text

    project = load_project(folder, environment=environment)
    pins = read_pins(project, names)
    if form == "json":
        show(pins_json(pins))
    else:
        show_fitted(pins_text(pins, zone=project.zone))
    for columns, rows in samples(project, pins, sample_count):
        show(samples_text(columns, rows))


@command.command()
@options.project
@options.environment
@click.option("--dry-run", "is_dry", is_flag=True, help="Only list what would be removed.")
def prune(folder: Path, environment: str | None, *, is_dry: bool) -> None:
    """Remove lists that no pin of the project names.

    Also removes lists that only a pin on another branch names: pull again there. Fetched copies go as well.
    """
    from pushspec.api.lists import remove_lists, unnamed_lists
    from pushspec.api.project import load_project
    from pushspec.cli.output import show
    from pushspec.text import counted

    project = load_project(folder, environment=environment)
    lists = unnamed_lists(project)
    if not is_dry:
        remove_lists(project, lists)
    for stored in lists:
        show(say("{list}  {size:,} bytes\n", list=stored.rows_sha256[:12], size=stored.file_bytes))
    count = counted(len(lists), "list")
    show(
        (say("{lists} would be removed", lists=count) if is_dry else say("{lists} removed", lists=count))
        + "\n"
    )
