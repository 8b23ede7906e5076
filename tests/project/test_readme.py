"""The documents: what they show runs, what they name is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from liminal.sandbox import Sandbox
from liminal.sandbox.authority import Authority
from scripts.codegen.derive import ROOT
from tests.project import readme

README = ROOT / "README.md"
DOCUMENTS = [README, *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"))]


def sections() -> list[readme.Section]:
    return readme.sections(README) if README.exists() else []


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    """Stand for Microsoft Entra ID, and a person who signs in at once."""
    with Authority() as authority:
        yield authority


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> Iterator[Sandbox]:
    """Serve the tenant that the README speaks of, and set what its programs read."""
    instances = {"My Model": ("sandbox-1",), "model-instance-name": ("sandbox-1",)}
    with Sandbox(
        token="my-token",
        model_instances=instances,
        threads=("A thread",),
        accept_provider_token=authority.is_valid,
    ) as sandbox:
        for name, value in {
            "LIMINAL_API_SERVER_URL": sandbox.url,
            "LIMINAL_TOKEN": sandbox.token,
            "MODEL_INSTANCE_NAME": "My Model",
            "SESSION_ID": sandbox.create_session(),
            "TOKEN": sandbox.token,
        }.items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.title)
def test_the_readme_s_python_runs(
    section: readme.Section, sandbox: Sandbox, authority: Authority, tmp_path: Path
) -> None:
    """As it stands, but for where the servers are."""
    entra = f'"{authority.tenant_id}", "client", authority="{authority.url}"'
    changes = {
        "https://api.my-tenant.liminal.ai": sandbox.url,
        "my-session-id": sandbox.create_session(),
        '"<TENANT_ID>", "<CLIENT_ID>"': f'{entra}, verify="{authority.ca_file}"',
        "/var/lib/my-program": str(tmp_path),
    }
    readme.run(README, section, sandbox.url, sandbox.token, changes)


def test_the_readme_has_python_in_it() -> None:
    assert len(sections()) >= 5


DOCUMENT = """# Title
```sh
not python
```
## One
```python
number = 1
instances = liminal.llm.get_available_model_instances()
```
text
```python
assert number == 1
assert await liminal.llm.get_available_model_instances() == instances
```
### Two
```python
raise ValueError("URL")
```
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document.md"
    path.write_text(DOCUMENT, "utf-8")
    return path


def test_sections_are_read_with_their_python_alone(document: Path) -> None:
    found = [
        (section.title, [line for line, _ in section.blocks])
        for section in readme.sections(document)
    ]
    assert found == [("One", [7, 12]), ("Two", [17])]


def test_blocks_of_a_section_share_names_and_have_a_client_of_either_variant(
    document: Path, sandbox: Sandbox
) -> None:
    one, _ = readme.sections(document)
    readme.run(document, one, sandbox.url, sandbox.token, {})


def test_a_block_that_fails_fails_with_the_document_s_line(
    document: Path, sandbox: Sandbox
) -> None:
    _, two = readme.sections(document)
    with pytest.raises(ValueError, match=r"^changed$") as caught:
        readme.run(document, two, sandbox.url, sandbox.token, {"URL": "changed"})
    assert caught.traceback[-1].lineno + 1 == 17


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_files_that_a_document_names_are_there(path: Path) -> None:
    text = path.read_text("utf-8")
    commands = re.findall(r"(?:^|[\s`])\./([\w./-]*\w)", text)
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if link]
    assert [name for name in {*commands, *links} if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_headings_that_a_document_links_to_are_there(path: Path) -> None:
    text = path.read_text("utf-8")
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) - anchors == set()
