"""What looks right and reaches nobody: conditions that match no one, and files that are no campaigns."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN

if TYPE_CHECKING:
    from workbench import Project

ODD_TAGS = {
    "blank behind": "vip ",
    "blank before": "\\tvip",
    "no-break blank": "vip\\u00a0",
    "ideographic blank": "\\u3000vip",
    "full-width comma": "stocks\uff0cfunds",
    "comma": "stocks,funds",
    "full-width letters": "\uff56\uff49\uff50",
    "decomposed": "cafe\u0301",
    "bar": "stocks|funds",
    "curly quotes": "\u201cvip\u201d",
    "one curly quote": "vip\u2019",
    "quotes inside quotes": "'vip'",
    "en dash": "vip\u2013gold",
    "full-width sign": "city\uff1aparis",
    "full-width number sign": "\uff03vip",
    "full-width line": "gold\uff3fvip",
}


@pytest.mark.parametrize("tag", ODD_TAGS.values(), ids=ODD_TAGS)
@pytest.mark.parametrize("condition", ["tags: {any: [gold, %s]}", "attributes: {all: {city: %s}}"])
def test_a_condition_that_hardly_anybody_meets_is_shown_at_its_place(
    project: Project, condition: str, tag: str
) -> None:
    """The service compares bytes, and a push to nobody looks like a push."""
    audience = condition % f'"{tag}"'
    text = CAMPAIGN.replace("everyone: true", audience)
    project.write({"campaigns/hello.yaml": text})

    said = project.run("validate").out

    column = text.splitlines()[5].index(f'"{tag}"') + 1
    assert f"campaigns/hello.yaml:6:{column}: " in said
    assert "[condition-" in said


@pytest.mark.parametrize(
    "name",
    [
        "a.YAML",
        "a.Yml",
        "a.yaml.txt",
        "a.yml.bak",
        "deep/a.yaml~",
        "a.yaml_old",
        "a.yaml ",
        "a.yaml (1)",
        "a.yalm",
        "a.ymal",
        "b yaml",
        "b.yml ",
        "b_yaml",
        "b,yaml",
        "b",
        "b.txt",
        "b.yaml.disabled.txt",
        "deep/b.conf",
    ],
)
def test_a_file_that_looks_like_a_campaign_is_not_passed_over_in_silence(project: Project, name: str) -> None:
    """Editors and mail programs add endings, and the campaign that was meant never leaves."""
    project.write({"campaigns/hello.yaml": CAMPAIGN, f"campaigns/{name}": CAMPAIGN})

    assert f"campaigns/{name}: warning[campaign-file-ignored]" in project.run("validate").assert_ok().out
    assert f"campaigns/{name}" in project.run("plan").assert_ok().err


@pytest.mark.parametrize("name", ["b yaml", "b_yml", "b,yaml", "b-YAML", "b.ymal"])
def test_so_is_one_of_which_only_the_name_says_it(project: Project, name: str) -> None:
    """Half written, or in another encoding, it does not call itself a campaign."""
    project.write({"campaigns/hello.yaml": CAMPAIGN, f"campaigns/{name}": "name: half\n"})

    assert f"campaigns/{name}: warning[campaign-file-ignored]" in project.run("validate").assert_ok().out


def test_each_file_that_is_passed_over_is_named_by_validate_all(project: Project) -> None:
    """What many share is said once, with a few places; whoever asks for all sees the fifth, too."""
    names = [f"campaigns/{letter}.YAML" for letter in "abcde"]
    project.write({"campaigns/hello.yaml": CAMPAIGN, **dict.fromkeys(names, CAMPAIGN)})

    said = project.run("validate", "--all").assert_ok().out

    assert [name for name in names if f"{name}: warning[campaign-file-ignored]" not in said] == []


@pytest.mark.parametrize("name", ["sale.yaml", "sale.yml", "campaigns/sale.json"])
def test_a_campaign_in_another_place_or_form_is_not_passed_over(project: Project, name: str) -> None:
    """It lies beside the project file, or a program wrote it as JSON."""
    text = CAMPAIGN if name != "campaigns/sale.json" else '{"kind": "Campaign", "name": "sale"}'
    project.write({"campaigns/hello.yaml": CAMPAIGN, name: text, "compose.yaml": "services: {}\n"})

    said = project.run("validate").assert_ok().out

    assert f"{name}: warning[campaign-file-ignored]" in said
    assert "compose.yaml" not in said


FOLDERS = [
    "campaign",
    "Campaigns",
    "CAMPAIGNS",
    "campaings",
    "campagins",
    "campains",
    "compaigns",
    "campaigns2",
]


@pytest.mark.parametrize("folder", [*FOLDERS, "campaigns "])
def test_a_campaign_in_a_folder_of_nearly_that_name_is_not_passed_over(project: Project, folder: str) -> None:
    """One letter is wrong, the other campaigns are sent, and nobody misses this one."""
    named = f"{folder}/deep/b.yaml"
    project.write({"campaigns/hello.yaml": CAMPAIGN, named: CAMPAIGN})

    said = project.run("validate").assert_ok().out

    assert f"{named}: warning[campaign-file-ignored]: this file is not read" in said
    assert "move it to campaigns/, or rename the folder" in said


@pytest.mark.parametrize(
    ("name", "kind"),
    [("audience/gold.yaml", "Audience"), ("Audiences/gold.yml", "Audience"), ("poeple/crm.yaml", "People")],
)
def test_so_is_a_list_and_a_file_of_people(project: Project, name: str, kind: str) -> None:
    """The same letter, in another folder."""
    project.write({"campaigns/hello.yaml": CAMPAIGN, name: f"apiVersion: pushspec/v1\nkind: {kind}\n"})

    assert f"{name}: warning[campaign-file-ignored]" in project.run("validate").assert_ok().out


def test_ordinary_folders_and_pages_are_no_campaigns(project: Project) -> None:
    """A warning that comes for nothing teaches people to look away."""
    page = f"# Campaigns\n\nOne looks so:\n\n```yaml\n{CAMPAIGN}```\n"
    others = "apiVersion: apps/v1\nkind: Deployment\n"
    names = [
        "company/a.yaml",
        "champions/a.yaml",
        "campaigns-archive/a.yaml",
        "templates/a.yaml",
        "people.md",
    ]
    files = {**dict.fromkeys(names, CAMPAIGN), "campaign/deploy.yaml": others, "campaign/notes.md": page}
    project.write(
        {"campaigns/hello.yaml": CAMPAIGN, "campaigns/README.md": page, "page.yaml.md": page, **files}
    )
    project.write({"campaigns/ids.txt": "u1\nu2\n", ".campaigns/a.yaml": CAMPAIGN})

    assert "campaign-file-ignored" not in project.run("validate").assert_ok().out


def test_a_folder_that_is_the_right_one_in_another_case_is_read(project: Project) -> None:
    """The file systems of Windows and macOS take both names for one; a link says the same here."""
    project.write({"Campaigns/hello.yaml": CAMPAIGN})
    (project.root / "campaigns").symlink_to("Campaigns")

    assert "campaign-file-ignored" not in project.run("validate").out


def test_a_page_of_many_blank_lines_is_looked_at_once() -> None:
    """What is found out by a pattern is found out in one pass, however long the file."""
    from pushspec.spec.passed_over import _BEGINS

    assert _BEGINS.match(b" \n" * 120_000 + b"- x") is None


@pytest.mark.parametrize("name", ["audiences/gold.YAML", "audiences/gold.yaml.txt", "people/crm.yml.bak"])
def test_a_file_of_another_folder_is_not_passed_over_either(project: Project, name: str) -> None:
    """A list that is never pulled, or tags that nobody gets, look as if all were well."""
    project.write({"campaigns/hello.yaml": CAMPAIGN, name: "kind: Audience\n"})

    assert f"{name}: warning[campaign-file-ignored]" in project.run("validate").assert_ok().out


def test_a_folder_with_the_name_of_a_file_is_named(project: Project) -> None:
    """Somebody unpacked an archive, and the campaign is missing."""
    (project.write({"campaigns/hello.yaml": CAMPAIGN}).root / "campaigns/sale.yaml").mkdir()

    said = project.run("validate").assert_ok().out

    assert "campaigns/sale.yaml: warning[campaign-file-ignored]: this is a folder" in said


def test_a_project_file_that_is_a_folder_is_not_a_missing_one(project: Project) -> None:
    """`init` would be the wrong advice."""
    (project.root / "pushspec.yaml").unlink()
    (project.root / "pushspec.yaml").mkdir()

    refused = project.run("plan")

    assert "there is no pushspec.yaml" not in refused.err
    assert "pushspec.yaml" in refused.err
    assert "bug" not in refused.err


def test_a_campaign_in_gbk_is_named_so(project: Project) -> None:
    """Notepad wrote it, and only who hears the name of the encoding finds the menu."""
    text = CAMPAIGN.replace("A word to all", "\u6625\u5b63\u5927\u4fc3")
    project.write({"campaigns/hello.yaml": text.encode("gbk")})

    said = project.run("validate").out

    assert "is not UTF-8; the file looks like GBK (GB18030)" in said
    assert "\u6625\u5b63\u5927\u4fc3" in said
    assert "in Notepad: Save as, Encoding UTF-8" in said


@pytest.mark.parametrize("folder", ["campaign", "Campaigns", "campaigns/.old"])
def test_a_project_without_any_campaign_says_where_they_belong(project: Project, folder: str) -> None:
    """One letter is missing in the folder's name, and everything seems fine."""
    project.write({f"{folder}/hello.yaml": CAMPAIGN})

    assert "warning[campaign-files-missing]" in project.run("validate").assert_ok().out


@pytest.mark.parametrize("name", ["plan 1.json", "a'b.json", "$(id).json", "\u8ba1\u5212;1.json"])
def test_the_command_that_sends_a_saved_plan_can_be_pasted(project: Project, name: str) -> None:
    """A shell takes the printed words apart as they were meant."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})

    outcome = project.run("plan", "-o", name).assert_ok()

    said = (outcome.out + outcome.err).rpartition("pushspec apply ")[2].splitlines()[0]
    assert shlex.split(said)[0] == name
