"""The documents: their Python runs, their commands work, their links lead somewhere."""

import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from liminal.cli._app import app
from scripts.codegen.derive import ROOT
from tests.cli.running import liminal
from tests.project import documents

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
README = ROOT / "README.md"
RUN_ELSEWHERE = {
    ROOT / "docs" / "privacy.md",  # by tests/privacy/test_libraries.py
    ROOT / "docs" / "project" / "regenerating.md",  # by tests/regeneration/test_guide.py
}
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
DOCUMENTS = [*PAGES, *(ROOT / f"{name}.md" for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY"))]
SECTIONS = [
    section for page in PAGES if page not in RUN_ELSEWHERE for section in documents.sections(page)
]
# Commands of liminal that are run; the others would ask for a token, or go on for ever.
READING = {"analyze", "chat", "cleanse", "doctor", "hydrate", "models", "threads"}
COMMANDS = sorted({command for path in DOCUMENTS for command in documents.commands(path)})


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: f"{name_of(s.document)}: {s.title}")
def test_the_python_of_a_document_runs(section, sandbox, authority, tmp_path, monkeypatch):
    """It runs unchanged, except for the addresses of servers and files."""
    monkeypatch.chdir(tmp_path)  # for the files that it writes
    entra = f'"{authority.tenant_id}", "client", authority="{authority.url}"'
    changes = {
        "https://api.my-tenant.liminal.ai": sandbox.url,
        "my-session-id": sandbox.create_session(),
        '"<TENANT_ID>", "<CLIENT_ID>"': f'{entra}, verify="{authority.ca_file}"',
        "/var/lib/my-program": str(tmp_path),
    }
    documents.run(section, sandbox.url, sandbox.token, changes)


def test_the_readme_and_the_guides_have_python_in_them():
    assert len([section for section in SECTIONS if section.document == README]) >= 4
    assert len({section.document for section in SECTIONS}) >= 8


def test_the_first_page_of_the_guide_describes_every_extra():
    rows = (ROOT / "docs" / "index.md").read_text("utf-8").partition("| extra |")[2]
    rows = rows.partition("\n\n")[0]
    described = re.findall(r"`([\w-]+)`", " ".join(re.findall(r"^\|([^|]*)\|", rows, re.MULTILINE)))
    assert sorted(described) == sorted(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("sandbox")
def test_the_shell_commands_of_a_document_work(command, tmp_path, monkeypatch):
    """Scripts are only looked up: other tests run them, or they take minutes."""
    program, *arguments = shlex.split(command)
    match program, arguments:
        case "pip", ["install", ours, *others]:
            name, *extras = re.findall(r"[\w.-]+", ours)
            assert name == PROJECT["name"]
            assert set(extras) <= PROJECT["optional-dependencies"].keys()
            lock = (ROOT / "requirements" / "dev.txt").read_text("utf-8")
            assert {*others} <= {*re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
        case "python", ["-m", module, *options]:
            assert_starts(module, options)
        case "liminal", [name, *options] if name in READING:
            (tmp_path / "letter.txt").write_text("Write to Ada Lovelace")
            (tmp_path / "answer.txt").write_text("Dear Ada,")
            monkeypatch.chdir(tmp_path)
            assert liminal(name, *options).status == 0
        case "liminal", ["--install-completion"]:
            pass  # changes the user's settings
        case "liminal", [name, *options]:
            group = typer.main.get_command(app)
            group.commands[name].make_context(name, options, resilient_parsing=False)
        case ".", [".venv/bin/activate"]:
            pass
        case _:
            script = ROOT / (arguments[0] if program == "bash" else program)
            assert program == "bash" or program.startswith("./"), "no test knows this command"
            assert program == "bash" or os.access(script, os.X_OK)
            assert script.is_file()


def assert_starts(module: str, options: list[str]) -> None:
    """Run a command until it prints something."""
    command = [sys.executable, "-m", module, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_the_scripts_source_files_links_and_headings_that_a_document_names_exist(path):
    text = path.read_text("utf-8")
    named = re.findall(r"(?:^|[\s`])\./([\w./-]*\w)", text)
    if path in PAGES:
        named += re.findall(r"`((?:liminal|generated|tests|scripts|openapi)/[\w./-]+)`", text)
    new = {"tests/_async/test_thread_count.py"}  # the guide has the reader create it
    assert [name for name in {*named} - new if not (ROOT / name).exists()] == []
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert [link for link in links if "://" not in link and not leads_somewhere(path, link)] == []


def leads_somewhere(path: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = path.parent / name if name else path
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_site_s_navigation_has_every_page():
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    listed = set(re.findall(r"[\w/-]+\.md", str(config["nav"])))
    assert listed == {str(path.relative_to(ROOT / "docs")) for path in PAGES if path != README}


@pytest.mark.parametrize(
    ("page", "module"),
    [
        ("errors", "liminal.errors"),
        ("results", "liminal.endpoints.llm.models"),
        ("results", "liminal.endpoints.prompt.models"),
        ("results", "liminal.endpoints.thread.models"),
    ],
)
def test_a_page_of_the_reference_lists_all_that_its_module_exports(page, module):
    listed = re.findall(r"\w+", (ROOT / "docs" / "reference" / f"{page}.md").read_text("utf-8"))
    assert {*importlib.import_module(module).__all__} <= {*listed}


def test_the_readme_has_at_most_200_lines_and_contributing_at_most_150():
    assert len(README.read_text("utf-8").splitlines()) <= 200
    assert len((ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()) <= 150
