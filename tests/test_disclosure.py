"""A secret that somebody wrote into a file by mistake is shown by no command, whatever its form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from workbench import CAMPAIGN, PROJECT, Project

import pushspec
from pushspec.api.lockfile import open_journal
from pushspec.api.project import load_project
from pushspec.cli import main
from pushspec.disclosure import looks_like_key, shown_address
from pushspec.lockfile.records import Moved

TYPE = "CANARYvalue"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
SANDBOX = PROJECT.replace("  sandbox: {sandbox: true}\n", "")

FORMS = {
    "the key where the name goes": f"secret_key: {{env: {KEY}}}",
    "the key where the name goes, a letter first": f"secret_key: {{env: a{KEY}}}",
    "a base64 key where the name goes": "usersig: {env: eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwiWCANARYx}",
    "another mapping": f"secret_key: {{value: {TYPE}}}",
    "a mapping below": f"secret_key:\n      value: {TYPE}",
    "a list below": f"secret_key:\n      - {TYPE}",
    "a list in a line": f"secret_key: [{TYPE}]",
    "a literal": f"secret_key: {TYPE}",
    "a literal in quotes": f'secret_key: "{TYPE}"',
    "a block": f"secret_key: |\n      {TYPE}",
    "an anchor": f"secret_key: &x {TYPE}",
    "a tag": f"secret_key: !!str {TYPE}",
    "an unclosed quote": f'secret_key: "{TYPE}',
    "a doubled key": f"secret_key: {TYPE}\n    secret_key: {TYPE}",
    "a password that begins with a star": f"secret_key: *{TYPE}",
    "a password that begins with an exclamation mark": f"secret_key: !{TYPE}",
    "a password that begins with two": f"secret_key: !!{TYPE}",
    "a complex key": f"? secret_key\n    : {TYPE}",
    "another case": f"secretKey: {TYPE}",
    "unknown key": f"key: {TYPE}",
    "unknown token": f"token: {TYPE}",
    "unknown harmless word": f"colour: {TYPE}",
    "a key as a key": f"{KEY}: x",
    "a comment": f"region: nowhere # {TYPE}",
    "a tab": f"secret_key:\t{TYPE}\n\tx: y",
    "a user in an address": f'base_url: "http://u:{TYPE}@127.0.0.1"',
    "a password alone in an address": f"base_url: http://:{TYPE}@127.0.0.1",
    "a slash in the password": f"base_url: http://u:a/{TYPE}@127.0.0.1",
    "a query": f"base_url: http://127.0.0.1?x={TYPE}",
    "a password of the lockfile": f"lock: postgresql://u:{TYPE}@127.0.0.1/db",
    "a query of the lockfile": f"lock: postgresql://127.0.0.1/db?password={TYPE}",
    "another query of the lockfile": f"lock: s3://bucket/x?secret_access_key={TYPE}",
    "a wrong type": f"edition: {{secret: {TYPE}}}",
    "a network": f"network: {{proxy: http://u:{TYPE}@127.0.0.1}}",
    "an authority": f"network: {{ca_file: 'https://u:{TYPE}@example.com/ca.pem?x={TYPE}'}}",
    "testers": f"testers: {{file: 'https://u:{TYPE}@example.com/x.csv?x={TYPE}'}}",
    "a source": f"sources: {{'https://u:{TYPE}@example.com/x?x={TYPE}': {{url: {{env: X}}}}}}",
    "a store": f"audience_store: 's3://u:{TYPE}@bucket/x?x={TYPE}'",
    "a notice": f"notify: [{{url: https://hooks.example.com/{TYPE}}}]",
}
NO_YAML = {
    "an unclosed quote",
    "a doubled key",
    "a tab",
    "a password that begins with a star",
    "a password that begins with an exclamation mark",
    "a password that begins with two",
    "a tag",
    "a complex key",
}
"""Forms after which nothing else of the file is looked at."""
COMMANDS = (
    ["plan"],
    ["plan", "--format", "json"],
    ["plan", "--format", "markdown"],
    ["plan", "--format", "github"],
    ["plan", "--format", "sarif"],
    ["validate"],
    ["validate", "--format", "json"],
    ["fmt", "--check"],
    ["status"],
    ["log"],
    ["lock", "check"],
    ["apply", "--confirm", "0123456789abcdef0123456789abcdef"],
    ["preview"],
    ["diff", "--base", "HEAD"],
)


@pytest.mark.parametrize("form", FORMS)
def test_no_command_shows_a_secret_of_the_project_file(tmp_path: Path, form: str) -> None:
    """The log of a pull request is read by more people than the file."""
    project = Project(tmp_path)
    keys = f"sdk_app_id: 1400000001\n    {FORMS[form]}\n"
    if "base_url" not in keys and "region" not in keys:
        keys += "    region: nowhere-at-all\n"
    project.write({"pushspec.yaml": f"{SANDBOX}  test:\n    {keys}", "campaigns/hello.yaml": CAMPAIGN})

    shown = {}
    for command in COMMANDS:
        done = project.run(*command, *(["-e", "test"] if command[0] != "fmt" else []))
        shown[" ".join(command)] = done.out + done.err

    text = "".join(shown.values())
    assert {name for name, told in shown.items() if TYPE in told or KEY in told or "CANARY" in told} == set()
    assert "a bug in pushspec" not in text


@pytest.mark.parametrize(
    "line",
    [
        "password: CANARY",
        "api_token: [CANARY]",
        "secret:\n  - CANARY",
        "secret: {a: {b: CANARY}}",
        "colour: https://u:CANARY@example.com/x",
        "colour: https://example.com/x?sig=CANARY",
        'token: "CANARY',
        "audience: {file: 'x.csv', password: CANARY}",
        "password: *CANARY",
        "password: !CANARY",
        '"pass\\u0077ord": CANARY',
    ],
)
@pytest.mark.parametrize("folder", ["campaigns", "audiences", "people"])
def test_no_command_shows_a_secret_of_a_campaign(tmp_path: Path, line: str, folder: str) -> None:
    """Notes and half-finished keys hold them; an unknown key is an error whose line is shown."""
    project = Project(tmp_path)
    project.write({"pushspec.yaml": PROJECT, f"{folder}/hello.yaml": CAMPAIGN + line + "\n"})

    for command in COMMANDS:
        done = project.run(*command)
        assert "CANARY" not in done.out + done.err, command


def test_what_is_harmless_is_shown(tmp_path: Path) -> None:
    """A message without the line that it is about helps nobody."""
    project = Project(tmp_path)
    project.write(
        {"pushspec.yaml": PROJECT + "  prod: {sdk_app_id: 1400000001, region: singapor, vars: {a: b}}\n"}
    )

    done = project.run("validate")

    assert "  prod: {sdk_app_id: 1400000001, region: singapor, vars: {a: *}}" in done.out


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("TIM_SECRET_KEY", False),
        ("TIM_SECRET_KEY_OF_THE_PRODUCTION_APP_IN_SINGAPORE", False),
        (KEY, True),
        (KEY[:32].upper(), True),
        (KEY[:31], False),
        ("eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwiWCFANcYx", True),
    ],
)
def test_a_name_that_could_be_a_key_is_told_from_one_that_is_a_name(name: str, *, is_one: bool) -> None:
    """The likeliest slip: the key itself where the variable's name goes."""
    assert looks_like_key(name) is is_one


def test_an_address_is_shown_without_user_and_query() -> None:
    """Either may hold a password; the place is what people look for."""
    assert shown_address("see s3://u:p/w@bucket/x?y=z now") == "see s3://bucket/x now"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_connection_string_is_no_name_of_a_lockfile(tmp_path: Path, command: list[str]) -> None:
    """It has no colon, so it would name a file, and a place is shown."""
    project = Project(tmp_path)
    app = "sdk_app_id: 1400000001, region: singapore, secret_key: {env: TIM_SECRET_KEY}"
    lock = "lock: 'host=db.example.com Password = CANARY dbname=x'"
    project.write(
        {"pushspec.yaml": f"{PROJECT}  test: {{{app}, {lock}}}\n", "campaigns/hello.yaml": CAMPAIGN}
    )

    done = project.run(*command, *(["-e", "test"] if command[0] not in {"fmt", "preview"} else []))

    assert "CANARY" not in done.out + done.err
    if command[0] in {"plan", "status", "log", "apply", "lock"}:
        assert "the lock holds a password" in done.err


AWAY = "lock: 'postgresql://CANARYuser@127.0.0.1:1/pushes?application_name=CANARYquery#prod'"
OF_A_PROJECT = """
fmt
plan --online
plan --format html
calendar
calendar --format html
diff --base HEAD
approve hello
approvals
try hello --to rong
apply --approved
stop hello --why x
continue hello --why x
recall hello
freeze x
freeze --off x
status --format json
report
report --recorded
report hello --user rong
show hello
show hello --accounts
log hello
resolve hello@1 --as not-sent --why x
unlock --why x
lock init
lock move other.lock
audience pull
audience show --samples 3
audience prune
notify --test
callbacks status
callbacks export events.parquet
people plan
people apply
people check hello
doctor
doctor --format json
import body.json --endpoint timpush/push --name other
trust
trust --list
trust --revoke
"""
OF_NO_PROJECT = {"init", "new", "schema", "explain", "sandbox", "completion", "help", "version"}
"""Commands that read no project file, or of which no word reaches a view."""
EVERY = (*COMMANDS, *(line.split() for line in OF_A_PROJECT.split("\n") if line))


def test_the_tests_above_and_below_run_every_command() -> None:
    """A new command shows the project file's errors, too."""
    assert {command[0] for command in EVERY} | OF_NO_PROJECT == set(main.COMMANDS)


def test_every_command_is_one_that_the_command_line_takes(tmp_path: Path) -> None:
    """A wrong option ends a command before it reads anything, and its test would prove nothing."""
    for command in EVERY:
        told = Project(tmp_path).run(*command).err
        assert not re.search("no such (option|command)|missing (option|argument)", told), (command, told)


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_no_command_shows_a_secret_of_any_environment(tmp_path: Path, command: list[str]) -> None:
    """Each form that leaves the file YAML, all of them in one file: every error of it is shown at once."""
    rest = {form: keys for form, keys in FORMS.items() if form not in NO_YAML and "lock" not in form}
    environments = "".join(
        f"  e{number}:\n    sdk_app_id: 1400000001\n    {keys}\n" for number, keys in enumerate(rest.values())
    )
    project = Project(tmp_path).write({"campaigns/hello.yaml": CAMPAIGN, "body.json": "{}"})
    project.write({"pushspec.yaml": SANDBOX + "  test: {sandbox: true}\n" + environments})

    done = project.run(*command)

    assert not re.search(f"CANARY|{KEY}", done.out + done.err)
    assert "a bug in pushspec" not in done.err


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_no_command_shows_the_user_or_the_query_of_the_lockfiles_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """The environment is right here, so the commands get as far as the place itself."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    environment = f"  prod: {{sdk_app_id: 1400000001, region: singapore, secret_key: {{env: K}}, {AWAY}}}\n"
    project = Project(tmp_path / "project")
    project.write({"pushspec.yaml": SANDBOX.replace(": sandbox\n", ": prod\n") + environment})
    project.write({"campaigns/hello.yaml": CAMPAIGN})

    done = project.run(*command)

    assert "CANARY" not in done.out + done.err
    assert "a bug in pushspec" not in done.err


@pytest.mark.parametrize(
    "lines",
    [
        "  'ADDRESS': {sandbox: true}\n",
        "default_environment: 'ADDRESS'\n",
        "approvals: {signers: 'ADDRESS', rules: [{people: 1}]}\n",
        "policy: {freeze: 'ADDRESS', 'ADDRESS': 1, exceptions: [{campaign: 'ADDRESS', rule: 'ADDRESS'}]}\n",
        "timezone: 'ADDRESS'\n",
        "name: 'ADDRESS'\n",
        "'ADDRESS': 1\n",
    ],
)
def test_no_message_shows_an_address_of_the_project_file(tmp_path: Path, lines: str) -> None:
    """A name that is none is told with its line."""
    project = Project(tmp_path).write({"campaigns/hello.yaml": CAMPAIGN})
    named = lines.partition(":")[0]
    rest = "".join(line + "\n" for line in PROJECT.splitlines() if not line.startswith(f"{named}:"))
    project.write({"pushspec.yaml": rest + lines.replace("ADDRESS", ADDRESSES[0])})

    for command in (*COMMANDS, ["approvals"], ["approve", "hello"], ["plan", "-e", ADDRESSES[0]]):
        done = project.run(*command)
        assert "CANARY" not in done.out + done.err, command
        assert "a bug in pushspec" not in done.err, command


ADDRESSES = (
    "https://ada:CANARYpw@example.com/x.csv?token=CANARYquery",
    "postgresql://CANARYuser:CANARYpw@db.example.com/members?password=CANARYquery",
    f"https://{'CANARY' * 20}:pw@example.com/x.csv",
    "https:/ada:CANARYpw@example.com/x.csv?token=CANARYquery",
    "//ada:CANARYpw@example.com/x.csv?token=CANARYquery",
    "ada:CANARYpw@example.com/x.csv?token=CANARYquery",
    "https://ada:CANARY pw@example.com/x.csv",
)
"""An address where a file, a name or an account belongs; each is one value."""
MISPLACED_AT_ONCE = {
    "campaigns/include.yaml": "notification: {title: Hello, desc: '{% include \"ADDRESS\" %}'}",
    "campaigns/use.yaml": "audience: {use: 'ADDRESS'}",
    "campaigns/environment.yaml": "environments: ['ADDRESS']",
    "campaigns/name.yaml": "name: 'ADDRESS'",
    "campaigns/endpoint.yaml": "endpoint: 'ADDRESS'",
    "campaigns/column.yaml": "audience: {everyone: true, column: 'ADDRESS'}",
    "campaigns/account.yaml": "endpoint: timpush/batch\naudience: {accounts: ['ADDRESS', 'ADDRESS, too']}",
    "campaigns/tag.yaml": "audience: {tags: {any: ['ADDRESS', 'ADDRESS']}}",
    "campaigns/attribute.yaml": "audience: {attributes: {all: {'ADDRESS': 'ADDRESS'}}}",
    "campaigns/image.yaml": "notification: {title: Hello, desc: A, image: 'ADDRESS'}",
    "campaigns/link.yaml": "notification: {title: Hello, desc: A, click: {link: 'ADDRESS'}}",
    "campaigns/key.yaml": "'ADDRESS': 1",
    "campaigns/time.yaml": "schedule: {not_before: 'ADDRESS', not_after: 'ADDRESS'}",
    "campaigns/variants.yaml": "variants: {'ADDRESS': {share: 'ADDRESS'}}",
    "audiences/source.yaml": "source: 'ADDRESS'\nsql: select 1",
    "audiences/file.yaml": "file: 'ADDRESS'",
    "audiences/name.yaml": "name: 'ADDRESS'\nfile: x.csv",
    "audiences/exclude.yaml": "file: x.csv\nexclude: ['ADDRESS', {use: 'ADDRESS'}]",
}
"""What is read with the campaigns: all of it is wrong in one run."""
MISPLACED_LATER = {
    "campaigns/file.yaml": "endpoint: timpush/batch\naudience: {file: 'ADDRESS'}",
    "campaigns/exclude.yaml": "endpoint: timpush/batch\naudience: {accounts: [ada], exclude: ['ADDRESS']}",
    "campaigns/person.yaml": "endpoint: timpush/batch\naudience: {accounts: ['ADDRESS', ada]}",
    "campaigns/rows.yaml": "endpoint: timpush/batch\\naudience: {file: audiences/rows.csv}",
    "campaigns/header.yaml": "endpoint: timpush/batch\\naudience: {file: audiences/header.csv, column: x}",
    "people/file.yaml": "file: 'ADDRESS'",
    "people/rows.yaml": "file: audiences/header.csv",
    "people/person.yaml": "people: {'ADDRESS': {tags: ['ADDRESS'], attributes: {'ADDRESS': 'ADDRESS'}}}",
    "audiences/source.yaml": "source: 'ADDRESS'\nsql: select 1",
    "audiences/file.yaml": "file: 'ADDRESS'",
}
"""What is read once the campaigns are right, or by commands of its own."""
OF_MISPLACED = [
    *EVERY,
    ["audience", "pull", "file"],
    ["audience", "pull", "source"],
    ["plan", "-e", "ADDRESS"],
    ["try", "hello"],
    ["people", "plan", "people/person.yaml"],
]


def _misplaced(file: str, lines: str, address: str) -> str:
    """Return a file that is right but for its own lines."""
    kind = {"campaigns": "Campaign", "audiences": "Audience", "people": "People"}[file.partition("/")[0]]
    text = {"apiVersion": "pushspec/v1", "kind": kind}
    if kind != "People":
        text["name"] = re.sub(r".*/|\.yaml", "", file)
    if kind == "Campaign":
        text |= {"version": "1", "endpoint": "timpush/push", "audience": "{everyone: true}"}
        text["notification"] = "{title: Hello, desc: A word to all}"
    own = lines.replace("ADDRESS", address).split("\n")
    named = {line.partition(":")[0] for line in own}
    return "\n".join([*(f"{key}: {it}" for key, it in text.items() if key not in named), *own]) + "\n"


@pytest.mark.parametrize("address", ADDRESSES, ids=range(len(ADDRESSES)))
@pytest.mark.parametrize("files", [MISPLACED_AT_ONCE, MISPLACED_LATER], ids=["at once", "later"])
def test_no_message_shows_the_user_or_the_query_of_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], address: str
) -> None:
    """People paste where the export lies into the place of a file; the error is read by more people."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    project = Project(tmp_path / "project").write({"campaigns/hello.yaml": CAMPAIGN})
    testers = PROJECT.replace("{sandbox: true}", f"{{sandbox: true, testers: {{file: '{address}'}}}}")
    project.write({"pushspec.yaml": testers, "body.json": "{}"})
    project.write({"audiences/rows.csv": f"user_id,link\n{address} ,{address}\n"})
    project.write({"audiences/header.csv": f"{address},link\nada,{address}\n"})
    project.write({file: _misplaced(file, lines, address) for file, lines in files.items()})

    seen = {}
    for command in OF_MISPLACED:
        done = project.run(*(address if word == "ADDRESS" else word for word in command))
        assert "a bug in pushspec" not in done.err, command
        if found := [line for line in (done.out + done.err).splitlines() if "CANARY" in line]:
            seen[" ".join(command)] = found

    assert seen == {}


def test_a_lockfile_that_moved_shows_no_user_of_its_new_place(tmp_path: Path) -> None:
    """Whoever meets the old one is told where it went."""
    project = Project(tmp_path).write({"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN})
    project.run("plan", "-o", "plan.json").assert_ok()
    project.run("apply", "plan.json").assert_ok()
    journal = open_journal(load_project(tmp_path))
    journal.take(holder="ada", purpose="move")
    journal.append(Moved(to="postgresql://CANARYuser@127.0.0.1/pushes?x=CANARYquery#prod", by="ada"))

    for command in (["plan"], ["status"], ["log"], ["apply"], ["lock", "check"]):
        done = project.run(*command)
        assert "CANARY" not in done.out + done.err, command
        assert "moved" in done.out + done.err, command


def test_nothing_of_the_query_is_shown_where_the_place_answers(tmp_path: Path, postgres_server: str) -> None:
    """From the first record to the move, each command has something to tell of the place."""
    lock = f"{postgres_server}&application_name=CANARYquery#disclosure"
    project = Project(tmp_path).write({"campaigns/hello.yaml": CAMPAIGN})
    project.write({"pushspec.yaml": PROJECT.replace("{sandbox: true}", f"{{sandbox: true, lock: '{lock}'}}")})

    for command in (
        ["lock", "init"],
        ["plan", "--online", "-o", "plan.json"],
        ["apply", "plan.json"],
        ["lock", "check"],
        ["status"],
        ["status", "--format", "json"],
        ["show", "hello"],
        ["log"],
        ["freeze", "--why", "x"],
        ["log", "nothing"],
        ["lock", "move", f"{postgres_server}&application_name=CANARYquery#moved"],
        ["log"],
        ["status"],
    ):
        done = project.run(*command)
        assert "CANARY" not in done.out + done.err, command
        assert "a bug in pushspec" not in done.err


@pytest.mark.parametrize("folder", ["api", "cli", "views"])
def test_no_text_is_made_of_a_lockfiles_place_as_it_is_written(folder: str) -> None:
    """`shown_lock` is what a message takes; a new command has its own words, and no test above knows it."""
    files = sorted((Path(pushspec.__file__).parent / folder).rglob("*.py"))
    found = [
        f"{path.name}: {line.strip()}"
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\{[^{}]*project\.lock\b|(?:printable\(|lock=)project\.lock\b", line)
    ]

    assert found == []
