"""The wheel and the sdist: what they hold, and that an installed wheel serves."""

import re
import subprocess
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from scripts.codegen.derive import ROOT
from tests.support.installed import build, install


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist and unpack it."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(ROOT, "sdist", folder)) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return unpacked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the work tree."""
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(path).decode("utf-8"))


def sources(root: Path) -> set[str]:
    return {path.relative_to(root.parent).as_posix() for path in root.rglob("*.py")}


def test_the_wheel_holds_both_packages_and_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in names(wheel)}
    (info,) = (top for top in tops if top.endswith(".dist-info"))
    assert tops == {"liminal", "liminal_api", info}


def test_the_wheel_holds_every_module(wheel: Path) -> None:
    modules = sources(ROOT / "liminal") | sources(ROOT / "generated" / "liminal_api")
    assert modules <= names(wheel)


@pytest.mark.parametrize("package", ["liminal", "liminal_api"])
def test_both_packages_are_marked_as_typed(wheel: Path, package: str) -> None:
    assert f"{package}/py.typed" in names(wheel)


def test_the_sdist_holds_no_tests_and_no_generated_folder(sdist: Path) -> None:
    tops = {path.name for path in sdist.iterdir()}
    assert tops == {
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "liminal",
        "liminal_api",
        "pyproject.toml",
    }


def test_the_sdist_builds_the_same_wheel_as_the_work_tree(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    assert names(build(sdist, "wheel", tmp_path)) == names(wheel)


def test_the_wheel_names_ranges_of_what_it_needs_and_no_pins(wheel: Path) -> None:
    needs = metadata(wheel).get_all("Requires-Dist", [])
    runtime = {need for need in needs if "extra ==" not in need}
    needed = {re.split("[<>]", need)[0] for need in runtime}
    assert needed == {"anyio", "attrs", "h11", "httpx", "msal"}
    assert not [need for need in needs if "==" in need.partition(";")[0]]


def test_the_wheel_says_its_licence_and_its_pythons(wheel: Path) -> None:
    about = metadata(wheel)
    assert about["Name"] == "liminal-sdk-python"
    assert about["License-Expression"] == "Apache-2.0"
    assert about["Requires-Python"] == ">=3.11"
    assert set(about.get_all("Provides-Extra", [])) == {
        "anthropic",
        "cli",
        "encrypted-cache",
        "langchain",
        "openai",
        "otel",
        "parquet",
        "proxy",
        "sandbox",
        "socks",
        "testing",
    }


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new environment; return its Python."""
    return install(wheel, tmp_path_factory.mktemp("fresh"))


INSTALLED = """
import importlib.metadata, sys
import liminal, liminal_api, liminal.errors, liminal.sandbox, liminal.streaming
from liminal import Client, SyncClient
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.endpoints.prompt.models import StreamResponseChunk
for module in (liminal, liminal_api):
    assert module.__file__.startswith(sys.prefix), module.__file__
print(importlib.metadata.version("liminal-sdk-python"))
"""


def test_an_installed_wheel_is_imported_from_where_it_was_installed(
    fresh: Path, wheel: Path, tmp_path: Path
) -> None:
    command = [str(fresh), "-I", "-W", "error", "-c", INSTALLED]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.strip() == metadata(wheel)["Version"]
