"""Lists in a bucket that does not keep its promises: nobody is sent to by a list that was not checked."""

from __future__ import annotations

import gzip
import random
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from pulls import HEAD, PIN, pin_of
from simulation.proxy import Answer, ignores_conditions
from workbench import PROJECT

from pushspec.audience.pinned import objects

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.places import ObjectsPlace, Place
    from simulation.proxy import Visit
    from workbench import Project

PIECE = 1_000
DIFFERS, STORE = 6, 8


def people(count: int) -> str:
    """Return accounts that compress badly, so that a list of them takes many pieces."""
    numbers = random.Random(1)
    return "".join(f"{numbers.getrandbits(124):031x}\n" for _ in range(count))


@pytest.fixture
def bucket(objects_place: Place) -> ObjectsPlace:
    """An S3 server behind a proxy that does to each request what a test says."""
    return cast("ObjectsPlace", objects_place)


@pytest.fixture
def pinning(project: Project, bucket: ObjectsPlace, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A campaign to a list that is kept in the bucket, and comes from there in many pieces."""
    monkeypatch.setattr(objects, "_AT_ONCE", PIECE)
    settings = PROJECT.replace("true}", f"true, audience_store: '{bucket.address()[0]}'}}")
    audience = HEAD + "file: people.txt\n"
    project.write({"pushspec.yaml": settings, "audiences/gold.yaml": audience, "people.txt": people(600)})
    return project.add(audience="{use: gold}", endpoint="timpush/batch", from_="ada")


@pytest.fixture
def approved(pinning: Project) -> str:
    """The digest of a plan to the pulled list, of which nothing is on this machine."""
    pinning.run("audience", "pull").assert_ok()
    forget_the_copy(pinning)
    return str(pinning.plan_json()["digest"])


def forget_the_copy(project: Project) -> None:
    for path in project.root.glob(".pushspec/lists/*"):
        path.unlink()


@pytest.mark.usefixtures("approved")
def test_git_takes_no_list_that_was_fetched(pinning: Project) -> None:
    """A project that was not made by init has no .gitignore, and the list came by itself."""
    subprocess.run(["git", "init", "-q"], cwd=pinning.root, check=True)

    pinning.run("plan", "--online").assert_ok()

    taken = subprocess.run(
        ["git", "add", "-A", "--verbose"], cwd=pinning.root, check=True, capture_output=True, text=True
    ).stdout
    assert list(pinning.root.glob(".pushspec/lists/*.gz"))
    assert "audiences/gold.sandbox.pin.json" in taken
    assert ".pushspec" not in taken


def send_nothing(project: Project, digest: str) -> tuple[int, str]:
    """Apply, see that the sandbox heard nothing, and return how it was refused."""
    outcome = project.run("apply", "--confirm", digest)
    assert "calls sent" not in outcome.out
    assert not (project.root / "pushspec.sandbox.lock").exists()
    return outcome.code, outcome.err


def as_part(visit: Visit, body: bytes) -> Answer:
    """Answer as if a body were the part that was asked for."""
    return Answer(206, headers_of(visit.pass_on(), "etag", "last-modified", "content-range"), body)


def headers_of(answer: Answer, *names: str) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower() in names}


def ignores_ranges(visit: Visit) -> Answer:
    return visit.pass_on(without="range")


def says_200(visit: Visit) -> Answer:
    part = visit.pass_on()
    return Answer(200, headers_of(part, "etag", "last-modified"), part.body)


def always_the_first_part(visit: Visit) -> Answer:
    return replace(visit, headers=visit.headers | {"range": f"bytes=0-{PIECE - 1}"}).pass_on()


def unnamed_part(visit: Visit) -> Answer:
    part = visit.pass_on()
    return Answer(206, headers_of(part, "etag", "last-modified"), part.body)


@pytest.mark.parametrize(
    "behaviour",
    [
        ignores_ranges,
        says_200,
        unnamed_part,
        always_the_first_part,
        lambda visit: as_part(visit, b""),
        lambda visit: as_part(visit, visit.pass_on().body[:100]),
        lambda visit: as_part(visit, visit.pass_on().body * 2),
    ],
    ids=["ignores ranges", "200", "no range", "another range", "empty", "cut", "too long"],
)
def test_a_store_that_answers_with_another_part_is_refused(
    pinning: Project, bucket: ObjectsPlace, approved: str, behaviour: Callable[[Visit], Answer]
) -> None:
    """Pieces would be put together to another list, or be asked for again and again without end."""
    bucket.proxy.next["GET"] = [lambda visit: visit.pass_on()]
    bucket.proxy.always["GET"] = behaviour

    code, said = send_nothing(pinning, approved)

    assert code == STORE
    assert "does not answer with the part of a list that was asked for" in said
    assert "hint: it must support HTTP ranges" in said

    del bucket.proxy.always["GET"]
    pinning.run("plan", "--online").assert_ok()


def test_a_stale_piece_is_found_and_fetched_again(
    pinning: Project, bucket: ObjectsPlace, approved: str
) -> None:
    """A cache between here and the bucket may keep a piece of what lay there before."""
    bucket.proxy.next["GET"] = [lambda visit: as_part(visit, bytes(len(visit.pass_on().body)))]

    outcome = pinning.run("apply", "--confirm", approved)

    assert "is not the one of the pin" not in outcome.err
    assert " people refused (" in outcome.out  # they are strangers to the sandbox, and were asked for


def test_a_piece_that_stays_stale_is_no_list(pinning: Project, bucket: ObjectsPlace, approved: str) -> None:
    """Its length is right, and so is every header."""
    bucket.proxy.always["GET"] = lambda visit: as_part(visit, bytes(len(visit.pass_on().body)))

    code, said = send_nothing(pinning, approved)

    assert code == DIFFERS
    assert "is not the one of the pin: it is damaged" in said


def test_a_store_that_ignores_conditions_keeps_the_list(pinning: Project, bucket: ObjectsPlace) -> None:
    """Nothing rests on them: a list is named by its content, and read back before a pin names it."""
    bucket.proxy.always["PUT"] = ignores_conditions
    pinning.run("audience", "pull").assert_ok()
    first = pin_of(pinning)["rows_sha256"]

    pinning.run("audience", "pull").assert_ok()

    assert pin_of(pinning)["rows_sha256"] == first
    forget_the_copy(pinning)
    pinning.run("plan", "--online").assert_ok()


def stores_half(visit: Visit) -> Answer:
    """Keep half of what is written, and answer as if it were all."""
    half = visit.body[: len(visit.body) // 2]
    headers = {name: value for name, value in visit.headers.items() if name.lower() != "content-length"}
    return replace(visit, body=half, headers=headers).pass_on()


def test_a_store_that_loses_a_part_of_a_long_list_gets_no_pin(
    pinning: Project, bucket: ObjectsPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long lists are written in parts, and some stores treat these otherwise than small objects."""
    monkeypatch.setattr(objects, "_AT_ONCE", 8 << 20)
    pinning.write({"people.txt": people(400_000)})
    bucket.proxy.always["PUT"] = lambda visit: (
        stores_half(visit) if "partNumber=2" in visit.path else visit.pass_on()
    )

    outcome = pinning.run("audience", "pull")

    assert bucket.proxy.seen.count("PUT") > 1
    assert outcome.code == DIFFERS, outcome.err
    assert "is not the one of the pin" in outcome.err
    assert not (pinning.root / PIN).exists()


def test_a_list_that_was_spoilt_in_the_store_is_replaced_by_a_pull(
    pinning: Project, bucket: ObjectsPlace
) -> None:
    """The error says to pull again, and then it has to be right again."""
    bucket.proxy.next["PUT"] = [stores_half]
    assert pinning.run("audience", "pull").code == DIFFERS
    assert not (pinning.root / PIN).exists()

    pinning.run("audience", "pull").assert_ok()

    forget_the_copy(pinning)
    pinning.run("plan", "--online").assert_ok()


def test_a_list_that_was_spoilt_in_a_folder_is_replaced_by_a_pull(project: Project) -> None:
    """What a damaged disk did to a list is mended by the command that the error names."""
    project.write({"audiences/gold.yaml": HEAD + "file: people.txt\n", "people.txt": people(600)})
    project.add(audience="{use: gold}", endpoint="timpush/batch", from_="ada")
    project.run("audience", "pull").assert_ok()
    digest = project.plan_json()["digest"]
    (stored,) = project.root.glob(".pushspec/audiences/*.gz")
    stored.write_bytes(stored.read_bytes()[:500])
    refusal = project.run("plan", "--online")
    assert refusal.code == DIFFERS
    assert "hint: run `pushspec audience pull gold -e sandbox`" in refusal.err

    project.run("audience", "pull").assert_ok()

    assert project.plan_json()["digest"] == digest


def test_a_list_that_was_packed_otherwise_is_the_same_list(project: Project) -> None:
    """Another version of zlib packs the same people into other bytes."""
    project.write({"audiences/gold.yaml": HEAD + "file: people.txt\n", "people.txt": people(600)})
    project.run("audience", "pull").assert_ok()
    (stored,) = project.root.glob(".pushspec/audiences/*.gz")
    packed = gzip.compress(gzip.decompress(stored.read_bytes()), 9)
    stored.write_bytes(packed)

    project.run("audience", "pull").assert_ok()

    assert stored.read_bytes() == packed


def test_an_audience_file_that_cannot_be_read_is_no_missing_one(project: Project) -> None:
    """As after a merge that git could not finish; the hint to write the file would be odd."""
    project.write({"audiences/gold.yaml": HEAD + "<<<<<<< HEAD\nfile: a.txt\n=======\nfile: b.txt\n"})
    project.add(audience="{use: gold}", endpoint="timpush/batch", from_="ada")

    outcome = project.run("plan")

    assert "the project has no audience gold that can be read: audiences/gold.yaml:" in outcome.err
    assert "hint: correct audiences/gold.yaml" in outcome.err


def test_a_name_that_is_nearly_right_is_still_guessed(project: Project) -> None:
    """What is wrong with another file is not what is wrong here."""
    people_of = "file: people.txt\n"
    project.write(
        {"audiences/gold.yaml": HEAD + people_of, "audiences/bad.yaml": "x: [\n", "people.txt": "a\n"}
    )
    project.add(audience="{use: golf}", endpoint="timpush/batch", from_="ada")

    said = project.run("plan").err

    assert "the project has no audience golf\n" in said
    assert "did you mean 'gold'?" in said
