"""Pulls: the same people give the same list and pin, and what is wrong leaves both alone."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, cast

import pytest
from pulls import HEAD, PIN, pin_of
from simulation.proxy import Lost, half_a_body, reset_after, says
from workbench import CAMPAIGN

from pushspec.api.audiences import pull_audiences
from pushspec.api.project import load_project
from pushspec.paths import PathRefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from simulation.places import ObjectsPlace, Place
    from simulation.proxy import Answer, Visit
    from workbench import Project

PEOPLE = ["Z", "a", "ada", "bonnie", "lin", "rong", "é", "鱼", "𠮷"]
"""In the order of their UTF-8 bytes, which is not the one of a dictionary or of UTF-16."""


def define(project: Project, keys: str = "file: people.txt\n", **files: str) -> Project:
    """Write the audience file, and files beside it; ``__`` stands for a dot."""
    named = {name.replace("__", "."): text for name, text in files.items()}
    return project.write({"audiences/gold.yaml": HEAD + keys, **named})


def pulled(project: Project) -> dict[str, Any]:
    project.run("audience", "pull").assert_ok()
    return pin_of(project)


def content(project: Project, pin: dict[str, Any]) -> bytes:
    """Return the list as any program would read it."""
    return gzip.decompress(stored(project, pin).read_bytes())


def stored(project: Project, pin: dict[str, Any]) -> Any:
    return project.root / ".pushspec" / "audiences" / f"{pin['rows_sha256']}.list.gz"


def lines(*accounts: str) -> str:
    return "".join(f"{account}\n" for account in accounts)


def test_a_wrong_audience_file_is_told_once_and_says_what_it_needs(project: Project) -> None:
    """Specs, pins and the file itself are read by different parts; its reader has one mistake to mend."""
    define(project, "")

    for command in ("pull", "show"):
        shown = project.run("audience", command, "gold")
        assert shown.code == 1
        assert shown.err.count("error[audience-choice]: the file needs either sql or file") == 1
        assert "hint: give sql: a query, or file: a file of the project" in shown.err
        assert shown.err.endswith("\n1 error\n")


def test_a_pull_writes_the_list_outside_git_and_a_pin_without_a_name(project: Project) -> None:
    """A pin is read by everybody who can read the repository, for ever."""
    define(project, people__txt=lines(*reversed(PEOPLE), "rong"))

    pin = pulled(project)

    assert content(project, pin).decode() == "account\n" + lines(*PEOPLE)
    assert (pin["count"], pin["rows"], pin["duplicates"]) == (9, 10, 1)
    assert pin["rows_sha256"] == hashlib.sha256(content(project, pin)).hexdigest()
    assert pin["accounts_sha256"] == hashlib.sha256(lines(*PEOPLE).encode()).hexdigest()
    assert not any(name in (project.root / PIN).read_text() for name in ("rong", "bonnie", "鱼"))
    assert stored(project, pin).stat().st_mode & 0o777 == 0o600
    assert stored(project, pin).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("keys", "file", "text"),
    [
        ("file: p.txt\n", "p.txt", lines(*PEOPLE)),
        ("file: p.csv\ncolumn: id\n", "p.csv", "n,id\n" + "".join(f"1,{one}\n" for one in reversed(PEOPLE))),
        (
            "file: p.jsonl\ncolumn: id\n",
            "p.jsonl",
            "".join(json.dumps({"id": one}) + "\n" for one in PEOPLE * 2),
        ),
        (
            "sql: select id from 'p.csv' order by n desc\n",
            "p.csv",
            "n,id\n" + "".join(f"1,{one}\n" for one in PEOPLE),
        ),
    ],
)
def test_the_same_people_have_the_same_hash_whatever_the_source(
    project: Project, keys: str, file: str, text: str
) -> None:
    """A reviewer sees a new hash only where somebody comes or goes."""
    define(project, keys, **{file.replace(".", "__"): text})

    assert (
        pulled(project)["rows_sha256"] == hashlib.sha256(("account\n" + lines(*PEOPLE)).encode()).hexdigest()
    )


def test_kept_columns_are_in_the_list_whatever_they_hold(project: Project) -> None:
    """A name may hold a tab, and the next person's row must not begin there."""
    values = {"ada": "a\tb", "rong": "c:\\new\nline"}
    rows = "".join(json.dumps({"id": one, "name": name, "x": "no"}) + "\n" for one, name in values.items())
    define(project, "file: p.jsonl\ncolumn: id\nkeep: [name]\n", p__jsonl=rows)

    pin = pulled(project)

    assert content(project, pin) == b"account\tname\nada\ta\\tb\nrong\tc:\\\\new\\nline\n"
    assert "rong" in project.run("audience", "show", "gold", "--samples", "2").assert_ok().out


def test_whole_numbers_of_jsonl_keep_every_digit(project: Project) -> None:
    """An exporter writes ids as they are, and a float would be somebody else from 2^53 on."""
    digits = ["0", "007", "1000", "9007199254740993", "1" * 30]
    rows = "".join(
        f'{{"id": {it if it != "007" else json.dumps(it)}, "n": {it.lstrip("0") or 0}}}\n' for it in digits
    )
    define(project, "file: p.jsonl\ncolumn: id\nkeep: [n]\n", p__jsonl=rows)

    listed = [line.split("\t") for line in content(project, pulled(project)).decode().splitlines()[1:]]

    assert listed == [[it, it.lstrip("0") or "0"] for it in sorted(digits)]


def test_the_excluded_are_left_out_and_counted(project: Project) -> None:
    """Who unsubscribed is in no list, and a reviewer sees that the exclusion bites."""
    define(project, "file: people.txt\nexclude: [out.txt, {use: staff}]\n", people__txt=lines(*PEOPLE))
    staff = HEAD.replace("gold", "staff") + "file: staff.txt\n"
    project.write({"out.txt": "rong\nnobody\n", "staff.txt": "ada\nlin\n", "audiences/staff.yaml": staff})

    pin = pulled(project)

    left = [one for one in PEOPLE if one not in {"rong", "ada", "lin"}]
    assert content(project, pin).decode() == "account\n" + lines(*left)
    assert pin["excluded"] == 3
    assert [(it.get("path") or it["use"], it["found"], it["entries"]) for it in pin["exclusions"]] == [
        ("out.txt", 1, 2),
        ("staff", 2, 2),
    ]
    assert "exclude: 1 of 2 entries of out.txt left out" in project.run("audience", "show").out


@pytest.mark.parametrize(
    ("keys", "files", "says"),
    [
        ("file: p.csv\ncolumn: id\n", {"p.csv": "id\nrong\n1.59E+17\n"}, "p.csv:3: error[account-form]"),
        ("file: p.csv\ncolumn: id\n", {"p.csv": "id\nrong\nNONE\n"}, "p.csv:3: error[account-form]"),
        ("file: p.csv\ncolumn: id\n", {"p.csv": "user\nrong\n"}, "error[audience-column]"),
        ("file: p.csv\ncolumn: id\nkeep: [l]\n", {"p.csv": "id,l\na,x\na,y\n"}, "an account has two rows"),
        ("file: p.txt\n", {}, "audiences/gold.yaml:4:7: error[audience-file]"),
        ("file: p.txt\n", {"p.txt": "\n"}, "gold.yaml:4:1: error[audience-empty]: the source has no rows"),
        ("file: p.txt\nexclude: [p.txt]\n", {"p.txt": "rong\n"}, "audience-empty]: nobody is left of 1 rows"),
        (
            "file: p.txt\nexclude: [{use: gold}]\n",
            {"p.txt": "rong\n"},
            "error[audience-circle]: gold excludes gold",
        ),
        ("file: p.txt\nexclude: [{use: other}]\n", {"p.txt": "rong\n"}, "error[audience-unknown]"),
        (
            "sql: select nope from 'p.csv'\n",
            {"p.csv": "id\nrong\n"},
            "audiences/gold.yaml:4:6: error[audience-column]",
        ),
        ("sql: drop table x\n", {}, "error[audience-sql]"),
        ("file: p.txt\nsql: select 1\n", {}, "needs either sql or file"),
        ("flie: p.txt\n", {}, "did you mean 'file'"),
        ("source: warehouse\nfile: p.txt\n", {}, "needs sql for its source"),
    ],
)
def test_what_is_wrong_is_said_and_writes_neither_list_nor_pin(
    project: Project, keys: str, files: dict[str, str], says: str
) -> None:
    """Half a list under a good pin would be sent to half of the people."""
    define(project, keys).write(files)

    outcome = project.run("audience", "pull")

    assert outcome.code == 1, outcome.out + outcome.err
    assert says in outcome.err
    assert not (project.root / PIN).exists()
    assert not list(project.root.glob(".pushspec/audiences/*.gz"))


@pytest.mark.parametrize(
    ("excluded", "says"),
    [
        ("silver", "audiences/gold.yaml:5:17: error[audience-circle]: gold excludes silver excludes gold"),
        ("silvr", "audiences/gold.yaml:5:17: error[audience-unknown]: the project has no audience silvr"),
    ],
)
def test_an_exclusion_that_cannot_be_pulled_first_is_named_at_its_line(
    project: Project, excluded: str, says: str
) -> None:
    """Else each of two pulls says to make the other one first, or to pull what nobody wrote."""
    define(project, f"file: p.txt\nexclude: [{{use: {excluded}}}]\n", p__txt="rong\n")
    silver = HEAD.replace("gold", "silver") + "file: p.txt\nexclude: [{use: gold}]\n"
    project.write({"audiences/silver.yaml": silver})
    project.add(audience="{use: gold}", endpoint="timpush/batch", from_="ada")

    validated, pulled = project.run("validate"), project.run("audience", "pull", "gold")
    planned = project.run("plan")

    assert (validated.code, pulled.code, planned.code) == (1, 1, 1)
    assert says in validated.out
    assert says in pulled.err
    assert "audience pull" not in pulled.err
    why = says.partition("]: ")[2]
    assert f"audiences/gold.yaml:5: {why}" in " ".join((planned.out + planned.err).split())


def test_an_audience_whose_file_cannot_be_read_is_not_unknown(project: Project) -> None:
    """One problem, at its place."""
    define(project, "file: p.txt\nexclude: [{use: silver}]\n", p__txt="rong\n")
    project.write({"audiences/silver.yaml": HEAD.replace("gold", "silver") + "flie: p.txt\n"})

    said = project.run("audience", "pull").err

    assert "did you mean 'file'" in said
    assert "audience-unknown" not in said


def test_an_excluded_audience_without_a_pin_is_pulled_first(project: Project) -> None:
    """A pull of one name makes no other list, and says which is missing."""
    define(project, "file: p.txt\nexclude: [{use: silver}]\n", p__txt="rong\n")
    project.write({"audiences/silver.yaml": HEAD.replace("gold", "silver") + "file: p.txt\n"})

    said = project.run("audience", "pull", "gold").err

    assert "error[pin-missing]" in said
    assert "audience pull silver" in said


def test_validate_reads_audience_files(project: Project) -> None:
    """Whoever reviews a definition wants to know before somebody pulls it."""
    define(project, "flie: p.txt\n").write({"campaigns/hello.yaml": CAMPAIGN})

    assert "audiences/gold.yaml:4:1: error[unknown-key]" in project.run("validate").out


def spoil(pin: str, how: str) -> str:
    """Return a pin as hands and merges leave it."""
    return {
        "merged": f"<<<<<<< HEAD\n{pin}=======\n{pin}>>>>>>> other\n",
        "edited": pin.replace('"count": 9', '"count": 8'),
        "cut": pin[:100],
        "newer": pin.replace('"format_version": 1', '"format_version": 2'),
        "twice": pin.replace('"count": 9,', '"count": 9,\n  "count": 9,'),
        "foreign": pin.replace('"audience": "gold"', '"audience": "other"'),
    }[how]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("merged", "git merged two pins"),
        ("edited", "changed by hand or by a merge"),
        ("cut", "it is no pin"),
        ("newer", "it has format 2; this pushspec reads 1"),
        ("twice", "it is no pin"),
        ("foreign", "changed by hand or by a merge"),
    ],
)
def test_a_pin_that_was_touched_is_not_believed(project: Project, how: str, says: str) -> None:
    """What a reviewer approved is what a pull wrote, and nothing in between."""
    define(project, people__txt=lines(*PEOPLE))
    pulled(project)
    project.write({PIN: spoil((project.root / PIN).read_text(), how)})

    shown = project.run("audience", "show").assert_ok().out

    assert says in shown
    assert project.run("audience", "prune").code == 1


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        (lambda data: data[:-9], "it was cut off"),
        (lambda data: data[:20] + b"\x00" + data[21:], "it is damaged"),
        (
            lambda _: gzip.compress(b"account\nada\n"),
            "it is shorter than the pinned one: cut off, or another list",
        ),
        (lambda data: gzip.compress(gzip.decompress(data).replace(b"rong", b"ring")), "its rows are others"),
        (lambda data: data + gzip.compress(b"mallory\n"), "it is longer"),
        (lambda _: gzip.compress(b"0" * 10_000_000), "it is longer"),
        (lambda _: b"", "it is shorter than the pinned one"),
    ],
)
def test_a_list_that_is_not_the_pinned_one_is_refused(project: Project, spoilt: Any, says: str) -> None:
    """Whoever can write to the store must not choose who gets a push."""
    define(project, people__txt=lines(*PEOPLE))
    path = stored(project, pulled(project))
    path.write_bytes(spoilt(path.read_bytes()))

    outcome = project.run("audience", "show", "--samples", "3")

    assert outcome.code == 6
    assert says in outcome.err
    assert "hint: run `pushspec audience pull gold -e sandbox`" in outcome.err
    pulled(project)
    project.run("audience", "show", "--samples", "3").assert_ok()


def test_prune_removes_what_no_pin_names(project: Project) -> None:
    """Lists of people are kept no longer than somebody needs them."""
    define(project, people__txt=lines(*PEOPLE))
    old = pulled(project)
    project.write({"people.txt": lines("rong")})
    new = pulled(project)

    listed = project.run("audience", "prune", "--dry-run").assert_ok().out
    assert stored(project, old).exists()
    project.run("audience", "prune").assert_ok()

    assert listed.startswith(old["rows_sha256"][:12])
    assert not stored(project, old).exists()
    assert stored(project, new).exists()


def test_a_second_pull_says_what_changed(project: Project) -> None:
    """A list that shrinks by half is seen where it happens."""
    define(project, people__txt=lines(*PEOPLE))
    pulled(project)

    assert "9 accounts, the same list as before" in project.run("audience", "pull").out
    project.write({"people.txt": lines("rong")})
    assert "1 account, -8 since the last pull" in project.run("audience", "pull").out


@pytest.fixture
def bucket(project: Project, objects_place: Place, monkeypatch: pytest.MonkeyPatch) -> ObjectsPlace:
    """The lists of the project lie in a bucket behind a proxy."""
    monkeypatch.setenv("AWS_TIMEOUT", "2s")
    url, _ = objects_place.address()
    settings = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": settings.replace("true}", f"true, audience_store: '{url}'}}")})
    return cast("ObjectsPlace", objects_place)


def test_lists_may_lie_in_a_bucket(project: Project, bucket: ObjectsPlace) -> None:
    """A runner in CI has no folder that outlives it."""
    define(project, people__txt=lines(*PEOPLE))

    pin = pulled(project)

    assert pin["store"] == bucket.address()[0]
    assert not (project.root / ".pushspec" / "audiences").exists()
    assert "rong" in project.run("audience", "show", "--samples", "9").assert_ok().out
    project.write({"people.txt": lines("rong")})
    pulled(project)
    assert project.run("audience", "prune").assert_ok().out.startswith(pin["rows_sha256"][:12])
    assert project.run("audience", "prune").assert_ok().out == "0 lists removed\n"


def test_a_fetch_that_was_interrupted_goes_on(project: Project, bucket: ObjectsPlace) -> None:
    """Ten million people are not fetched twice because a runner lost its network."""
    define(project, people__txt=lines(*PEOPLE))
    pin = pulled(project)
    (copy,) = (project.root / ".pushspec" / "lists").iterdir()
    whole = copy.read_bytes()
    copy.write_bytes(whole[:30])
    asked: list[str] = []

    def note(visit: Visit) -> Answer:
        asked.append(visit.headers.get("Range", visit.headers.get("range", "")))
        return visit.pass_on()

    bucket.proxy.always["GET"] = note
    project.run("audience", "show", "--samples", "1").assert_ok()

    assert asked == [f"bytes=30-{len(whole) - 1}"]
    assert copy.read_bytes() == whole
    assert hashlib.sha256(whole).hexdigest() == pin["file_sha256"]


def test_a_fetched_list_is_for_this_user_alone(project: Project, bucket: ObjectsPlace) -> None:
    """Its folder is closed, too; a copy of it keeps the file's own mode."""
    define(project, people__txt=lines(*PEOPLE))
    pulled(project)
    (copy,) = (project.root / ".pushspec" / "lists").iterdir()
    copy.chmod(0o644)  # as an earlier release left it

    project.run("audience", "show", "--samples", "1").assert_ok()
    assert copy.stat().st_mode & 0o777 == 0o600
    copy.unlink()
    project.run("audience", "show", "--samples", "1").assert_ok()

    assert copy.stat().st_mode & 0o777 == 0o600


def test_pieces_of_another_list_are_fetched_again(project: Project, bucket: ObjectsPlace) -> None:
    """A cache that lies is no reason to refuse a good list."""
    define(project, people__txt=lines(*PEOPLE))
    pulled(project)
    (copy,) = (project.root / ".pushspec" / "lists").iterdir()
    copy.write_bytes(b"\x00" * 30)

    project.run("audience", "show", "--samples", "1").assert_ok()

    assert bucket.proxy.seen.count("GET") >= 2


def lost(visit: Visit) -> Answer:
    del visit
    raise Lost


@pytest.mark.parametrize("breaks", [half_a_body, lost, reset_after])
@pytest.mark.parametrize("kind", ["GET", "HEAD"])
def test_a_connection_that_breaks_once_is_no_end_of_a_fetch(
    project: Project, bucket: ObjectsPlace, kind: str, breaks: Any
) -> None:
    """A list of ten million takes minutes, and Wi-Fi does not ask."""
    define(project, people__txt=lines(*PEOPLE))
    pulled(project)
    shutil.rmtree(project.root / ".pushspec" / "lists")
    bucket.proxy.next[kind] = [breaks]

    shown = project.run("audience", "show", "--samples", "9").assert_ok()

    assert "rong" in shown.out
    assert bucket.proxy.seen.count(kind) >= 2


def test_a_connection_that_breaks_each_time_is_said_in_words(project: Project, bucket: ObjectsPlace) -> None:
    """`Generic` tells nobody what to look at."""
    define(project, people__txt=lines(*PEOPLE))
    pulled(project)
    shutil.rmtree(project.root / ".pushspec" / "lists")
    bucket.proxy.always["GET"] = half_a_body

    shown = project.run("audience", "show", "--samples", "9")

    assert shown.code == 8
    assert "cannot be read: the connection broke" in shown.err
    assert "hint: check the network" in shown.err


@pytest.mark.parametrize(
    ("kind", "behaviour"), [("PUT", says(403)), ("PUT", says(507)), ("GET", half_a_body), ("HEAD", lost)]
)
def test_a_bucket_out_of_reach_is_said_and_no_pin_is_written(
    project: Project, bucket: ObjectsPlace, kind: str, behaviour: Any
) -> None:
    """A pin names only a list that is there."""
    define(project, people__txt=lines(*PEOPLE))
    bucket.proxy.always[kind] = behaviour

    outcome = project.run("audience", "pull")

    assert outcome.code == 8, outcome.out + outcome.err
    assert "s3://" in outcome.err
    assert not (project.root / PIN).exists()


@pytest.mark.parametrize("source", ["file: p.csv\n", "sql: select id from 'p.csv'\n"])
def test_no_account_is_cast_wherever_it_stands(project: Project, source: str) -> None:
    """An engine that looks at the first 20,480 lines takes all that follows for numbers."""
    odd = ["007", "1_000", "12.7", "true"]
    numbers = [f"{number}" for number in range(100_000, 121_000)]
    define(project, source + "column: id\n", p__csv="n,id\n" + "".join(f"1,{it}\n" for it in numbers + odd))

    pin = pulled(project)

    assert content(project, pin).decode() == "account\n" + lines(*sorted(numbers + odd))


@pytest.mark.parametrize("source", ["file: 'in/*'\ncolumn: id\n", "sql: select id from 'in/*'\n"])
def test_a_pattern_is_read_by_the_names_of_its_columns(project: Project, source: str) -> None:
    """By position, the cities of the second export would get the push."""
    project.write({"in/a.csv": "id,city\nada,Bonn\n", "in/b.csv": "city,id\nBonn,rong\n"})
    define(project, source)

    assert content(project, pulled(project)).decode() == "account\n" + lines("ada", "rong")

    project.write({"in/c.csv": "city,uid\nBonn,lin\n"})
    outcome = project.run("audience", "pull")
    assert outcome.code == 1
    assert outcome.err.startswith("in/c.csv")


def test_a_pin_is_not_written_through_a_link_that_came_meanwhile(project: Project, tmp_path: Path) -> None:
    """A pull takes minutes, and its pin stays in the project, whatever becomes of the folder."""
    define(project, people__txt=lines(*PEOPLE))
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()

    def put_a_link(*_: object) -> None:
        if not (project.root / "moved").exists():
            (project.root / "audiences").rename(project.root / "moved")
            (project.root / "audiences").symlink_to(outside)

    with pytest.raises(PathRefusedError, match="it goes through a symbolic link"):
        list(pull_audiences(load_project(project.root), environ={}, on_progress=put_a_link))

    assert list(outside.iterdir()) == []


def test_a_list_that_shrank_by_more_than_the_policy_leaves_pin_and_store_alone(project: Project) -> None:
    """A table that is read while it is filled has a part of its people."""
    define(project, people__txt=lines(*(f"guest{number}" for number in range(100))))
    before = pulled(project)
    project.write({"people.txt": lines(*(f"guest{number}" for number in range(49)))})

    outcome = project.run("audience", "pull")

    assert outcome.code == 1
    assert "gold.yaml:4:7: error[audience-shrunk]: 49 of 100 accounts are left" in outcome.err
    assert pin_of(project) == before
    assert len(list(project.root.glob(".pushspec/audiences/*.gz"))) == 1
    (project.root / PIN).unlink()
    assert pulled(project)["count"] == 49


def store_in(project: Project, place: str) -> Project:
    settings = (project.root / "pushspec.yaml").read_text()
    return project.write({"pushspec.yaml": settings.replace("true}", f"true, audience_store: '{place}'}}")})


@pytest.mark.parametrize("place", ["lists", "audiences", ".pushspec/audiences"])
def test_git_takes_no_list_from_a_folder_of_the_project(project: Project, place: str) -> None:
    """A list names people, and nobody looks at what `git add -A` takes; the pin is for git."""
    if place != ".pushspec/audiences":
        store_in(project, place)
    define(project, people__txt=lines(*PEOPLE))
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)

    pulled(project)

    left = subprocess.run(
        ["git", "add", "-A", "--verbose"], cwd=project.root, check=True, capture_output=True, text=True
    ).stdout
    assert list((project.root / place).glob("*.list.gz"))
    assert ".list.gz" not in left
    assert PIN in left


@pytest.mark.parametrize(
    ("ignored", "forced", "warns"),
    [("*.tmp\n", False, True), ("*.gz\n", False, False), ("*.gz\n", True, True), (None, False, False)],
)
def test_lists_that_git_would_take_are_told(
    project: Project, ignored: str | None, *, forced: bool, warns: bool
) -> None:
    """A .gitignore that stands there already may be about something else, and the next commit is for ever."""
    store_in(project, "lists")
    define(project, people__txt=lines(*PEOPLE))
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    if ignored is not None:
        project.write({"lists/.gitignore": ignored})
    if forced:
        pulled(project)
        subprocess.run(["git", "add", "-f", "lists"], cwd=project.root, check=True)

    told = project.run("audience", "pull").assert_ok()

    warning = "pushspec.yaml:6:44: warning[list-in-git]: git takes the lists in lists, which name people"
    assert (warning in told.err) is warns, told.err
    assert ("list-in-git" in told.err) is warns
    assert pin_of(project)["count"] == len(PEOPLE)


def test_a_gitignore_that_lies_in_the_folder_of_lists_stays(project: Project) -> None:
    """It is somebody's own, or a link that a tree carries."""
    store_in(project, "lists").write({"lists/.gitignore": "*\n"})
    define(project, people__txt=lines(*PEOPLE))

    pulled(project)

    assert (project.root / "lists/.gitignore").read_text() == "*\n"


DEVICE = "6B29FC40-CA47-1067-B31D-00DD0106{:04X}"
"""A RegistrationID as the SDK makes it."""


def test_user_ids_among_registration_ids_are_counted_and_not_named(project: Project) -> None:
    """Who is in the list by name and by phone gets each push twice; the excluded do not count."""
    devices = [DEVICE.format(number) for number in range(3)]
    keys = "file: people.txt\nids: registration\nexclude: [out.txt]\n"
    define(project, keys, people__txt=lines("rong", "ada", "x" * 32, *devices), out__txt=lines("ada"))

    told = project.run("audience", "pull").assert_ok()

    assert "audiences/gold.yaml:5:6: warning[ids-mixed]: 2 of 5 accounts could be UserIDs" in told.err
    assert "rong" not in told.out + told.err


@pytest.mark.parametrize(("people", "warns"), [(("ada",), True), (PEOPLE[:4], True), (PEOPLE[:5], False)])
def test_a_list_of_a_few_is_told_not_to_be_hidden_by_its_hashes(
    project: Project, people: tuple[str, ...], *, warns: bool
) -> None:
    """Whoever has all ids can try them on the hash of one of them."""
    define(project, people__txt=lines(*people))

    told = project.run("audience", "pull").assert_ok()

    warning = f"audiences/gold.yaml:4:1: warning[audience-few]: a list of {len(people)} does not hide"
    assert (warning in told.err) is warns
    assert ("audience-few" in told.err) is warns


@pytest.mark.parametrize("people", [("rong", "ada"), (DEVICE.format(1), DEVICE.format(2))])
def test_ids_of_one_kind_are_no_mixture(project: Project, people: tuple[str, ...]) -> None:
    """An app may set RegistrationIDs of its own, and short ones."""
    define(project, "file: people.txt\nids: registration\n", people__txt=lines(*people))

    assert "ids-mixed" not in project.run("audience", "pull").assert_ok().err


def test_a_registration_id_among_user_ids_is_told_what_it_looks_like(project: Project) -> None:
    """The service would refuse it, or the key is missing that lets it pass."""
    define(project, people__txt=lines("rong", DEVICE.format(1)))

    told = project.run("audience", "pull")

    assert told.code == 1
    assert "error[account-form]: the account is 36 bytes; the service takes 32" in told.err
    assert "hint: it looks like a RegistrationID" in told.err
