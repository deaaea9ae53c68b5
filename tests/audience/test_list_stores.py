"""Lists in buckets of each provider: Tencent COS on an S3 server, the others as their pages document them.

Google Cloud Storage: https://cloud.google.com/storage/docs/xml-api/reference-methods. Azure Blob Storage:
https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api. No test here meets a real one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from serving import Door, serving
from workbench import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.places import ObjectsPlace, Place
    from workbench import Project

GOLD = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.txt\n"
SECRET = base64.b64encode(b"hunter2").decode()
MOMENT = "Sun, 29 Nov 2026 03:00:00 GMT"
SIGNED = (
    *("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date"),
    *("if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"),
)
"""Headers that Azure signs, in its order."""
DELETED = (
    b"--b\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\n"
    b"HTTP/1.1 202 Accepted\r\n\r\n\r\n--b--\r\n"
)
"""What Azure answers to a batch of one deletion."""
ETAG = '"0x1"'
FORBIDDEN = 403
STORE = 8


@dataclass
class Bucket:
    """What a provider keeps, and what was asked of it.

    Attributes:
        url: Where it listens.
        status: What each request is answered with, whatever it is; 0 to do as it says.
        objects: The content of each object.
        ranges: The ranges that were asked for.
    """

    url: str = ""
    status: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    ranges: list[tuple[int, int]] = field(default_factory=list)


class ObjectDoor(Door):
    """Keeps objects below ``/lists``, for whoever may."""

    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def handle_request(self) -> None:
        """Answer one request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = unquote(urlsplit(self.path).path).removeprefix("/lists").lstrip("/")
        if self.bucket.status or not self.is_allowed():
            self.answer(self.bucket.status or FORBIDDEN, b"<Error><Message>hunter2</Message></Error>")
        elif not name:
            self.answer(*self.of_bucket(body))
        elif self.command == "PUT":
            self.bucket.objects[name] = body
            self.answer(201)
        elif name not in self.bucket.objects:
            self.answer(404)
        elif self.command == "DELETE":
            del self.bucket.objects[name]
            self.answer(204)
        else:
            self.give(self.bucket.objects[name])

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_request  # noqa: N815 - the library's own names

    def is_allowed(self) -> bool:
        """Whether the request shows that it comes from who knows the secret."""
        return self.headers["Authorization"] == f"Bearer {SECRET}"

    def of_bucket(self, body: bytes) -> tuple[int, bytes]:
        """Answer what is asked of the bucket: which objects it has."""
        del body
        entries = "".join(
            f"<Contents><Key>{name}</Key><Size>{len(data)}</Size><ETag>{ETAG}</ETag>"
            "<LastModified>2026-11-29T03:00:00.000Z</LastModified></Contents>"
            for name, data in self.bucket.objects.items()
        )
        return 200, f"<ListBucketResult>{entries}</ListBucketResult>".encode()

    def give(self, data: bytes) -> None:
        """Answer with an object, or the range of it that was asked for."""
        if not (asked := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")):
            self.answer(200, data)
            return
        first, last = int(asked[1]), int(asked[2])
        self.bucket.ranges.append((first, last))
        part = {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
        self.answer(206, data[first : last + 1], part)

    def answer(self, status: int, body: bytes = b"", more: dict[str, str] | None = None) -> None:
        """Write an answer; to HEAD, its head alone."""
        self.send_response(status)
        headers = {"ETag": ETAG, "Last-Modified": MOMENT, "Content-Length": str(len(body))}
        for name, value in (headers | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class AzureDoor(ObjectDoor):
    """The same, signed and listed as Azure does."""

    def is_allowed(self) -> bool:
        """Whether the signature is that of the request (``authorize-with-shared-key``)."""
        parts = urlsplit(self.path)
        given = {name.lower(): value for name, value in self.headers.items()}
        length = given.get("content-length", "").removeprefix("0")
        lines = [self.command, *(given.get(name, "") for name in SIGNED)]
        lines[3] = length
        lines += sorted(f"{name}:{value}" for name, value in given.items() if name.startswith("x-ms-"))
        lines += [f"/acme{parts.path}", *sorted(f"{name}:{it}" for name, it in parse_qsl(parts.query))]
        signed = hmac.digest(base64.b64decode(SECRET), "\n".join(lines).encode(), hashlib.sha256)
        return given.get("authorization") == f"SharedKey acme:{base64.b64encode(signed).decode()}"

    def of_bucket(self, body: bytes) -> tuple[int, bytes]:
        """Answer with the objects, or delete those that a batch names."""
        if self.command == "GET":
            entries = "".join(
                f"<Blob><Name>{name}</Name><Properties><Last-Modified>{MOMENT}</Last-Modified>"
                f"<Content-Length>{len(data)}</Content-Length><Content-Type>application/gzip</Content-Type><Etag>{ETAG}</Etag>"
                "</Properties></Blob>"
                for name, data in self.bucket.objects.items()
            )
            listed = f"<Blobs>{entries}</Blobs><NextMarker/>"
            return 200, f"<EnumerationResults>{listed}</EnumerationResults>".encode()
        for name in re.findall(r"DELETE /lists/(\S+)", body.decode()):
            del self.bucket.objects[unquote(name)]
        return 202, DELETED

    def answer(self, status: int, body: bytes = b"", more: dict[str, str] | None = None) -> None:
        """Answer; that to a batch has parts."""
        super().answer(status, body, {"Content-Type": "multipart/mixed; boundary=b"} | (more or {}))


KINDS = {
    "gs": (
        ObjectDoor,
        {"GOOGLE_BASE_URL": "{url}", "GOOGLE_BEARER_TOKEN": SECRET, "GOOGLE_ALLOW_HTTP": "true"},
    ),
    "az": (
        AzureDoor,
        {
            "AZURE_STORAGE_ENDPOINT": "{url}",
            "AZURE_STORAGE_ACCOUNT_NAME": "acme",
            "AZURE_STORAGE_ACCOUNT_KEY": SECRET,
            "AZURE_ALLOW_HTTP": "true",
        },
    ),
}


@pytest.fixture(params=KINDS)
def bucket(
    request: pytest.FixtureRequest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bucket]:
    """A bucket of each provider, in which the project keeps its lists."""
    door, variables = KINDS[request.param]
    made = Bucket()
    with serving(type("Served", (door,), {"bucket": made})) as made.url:
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(url=made.url))
        keep_lists_at(project, f"{request.param}://lists/push")
        yield made


def keep_lists_at(project: Project, url: str) -> None:
    settings = PROJECT.replace("true}", f"true, audience_store: '{url}'}}")
    project.write(
        {"pushspec.yaml": settings, "audiences/gold.yaml": GOLD, "people.txt": "ada\nbonnie\nlin\n"}
    )


def check_life_of_a_list(project: Project) -> None:
    """Pull, fetch the rest of what was begun, and prune."""
    project.run("audience", "pull").assert_ok()
    (fetched,) = project.root.glob(".pushspec/lists/*")
    whole = fetched.read_bytes()
    fetched.write_bytes(whole[:7])
    assert "ada" in project.run("audience", "show", "--samples", "1").assert_ok().out
    assert fetched.read_bytes() == whole

    victim = project.write({"../victim": "as it was"}).root / "../victim"
    fetched.unlink()
    fetched.symlink_to(victim)
    assert "ada" in project.run("audience", "show", "--samples", "1").assert_ok().out
    assert victim.read_text() == "as it was", "a link that a tree carries is not written through"
    assert fetched.read_bytes() == whole

    project.write({"people.txt": "ada\n"})
    project.run("audience", "pull").assert_ok()
    assert project.run("audience", "prune").assert_ok().out.endswith("1 list removed\n")
    shutil.rmtree(project.root / ".pushspec/lists")
    assert "ada" in project.run("audience", "show", "--samples", "1").assert_ok().out


def test_a_list_is_kept_fetched_and_removed(project: Project, bucket: Bucket) -> None:
    """Signed as the provider's pages say; a fetch goes on where it stopped."""
    check_life_of_a_list(project)

    (left,) = bucket.objects.values()
    assert bucket.ranges[1][0] == 7
    assert bucket.ranges[-1] == (0, len(left) - 1)


def test_tencent_cos_is_reached_by_its_s3_interface(project: Project, objects_place: Place) -> None:
    """The same people, in a bucket named as in COS."""
    place: ObjectsPlace = objects_place  # type: ignore[assignment] # the fixture of that kind
    keep_lists_at(project, place.address()[0].replace("s3://", "cos://"))

    check_life_of_a_list(project)

    assert {"PUT", "GET", "LIST"} <= set(place.proxy.seen)


@pytest.mark.parametrize(
    ("status", "says", "hint"),
    [
        (403, "403 Forbidden", "allow these credentials to list, read and create objects there"),
        (401, "401 Unauthorized", "allow these credentials to list, read and create objects there"),
        (500, "500 Internal Server Error", ""),
        (404, "404 Not Found", "the bucket does not exist, or an object was deleted from it"),
    ],
)
def test_a_refusal_is_said_without_a_secret(
    project: Project, bucket: Bucket, status: int, says: str, hint: str
) -> None:
    """The library's own words hold URLs and headers."""
    bucket.status = status

    outcome = project.run("audience", "pull")

    assert outcome.code not in {0, 3}, outcome.err
    assert says in outcome.err
    assert hint in outcome.err
    assert not re.search(f"hunter2|{re.escape(SECRET)}|http", outcome.out + outcome.err), outcome.err


def test_wrong_credentials_are_refused(
    project: Project, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the checks above mean something."""
    for name in ("GOOGLE_BEARER_TOKEN", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.setenv(name, base64.b64encode(b"swordfish").decode())

    assert "403 Forbidden" in project.run("audience", "pull").err
    assert bucket.objects == {}


@pytest.mark.parametrize("variable", ["GOOGLE_BASE_URL", "AZURE_STORAGE_ENDPOINT", "AWS_ENDPOINT"])
def test_no_network_is_said(project: Project, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """And nothing of where and with what it was tried."""
    scheme = {"GO": "gs", "AZ": "az", "AW": "cos"}[variable[:2]]
    values = {"AWS_ALLOW_HTTP": "true", "AWS_ACCESS_KEY_ID": "lin", "AWS_SECRET_ACCESS_KEY": SECRET}
    for name, value in {**KINDS["gs"][1], **KINDS["az"][1], **values, variable: "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    keep_lists_at(project, f"{scheme}://lists/push")

    outcome = project.run("audience", "pull")

    assert outcome.code == STORE, outcome.err
    assert f"{scheme}://lists/push cannot be written: nothing answers there" in outcome.err
    assert "hint: check the network" in outcome.err
    assert not re.search(f"hunter2|{re.escape(SECRET)}|127", outcome.out + outcome.err), outcome.err
