"""The wheel and the sdist: what they hold, and that an installed wheel serves."""

import re
import subprocess
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from scripts.codegen.derive import ROOT
from tests.support.installed import build, install


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """Build the sdist and unpack it."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(ROOT, "sdist", folder)) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return unpacked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from the work tree."""
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def about(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(path).decode("utf-8"))


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_of_both_packages_typed_and_nothing_else(wheel):
    (info,) = {found[0] for name in names(wheel) if (found := re.match(r".+\.dist-info", name))}
    assert {name.partition("/")[0] for name in names(wheel)} == {"liminal", "liminal_api", info}
    for package in (ROOT / "liminal", ROOT / "generated" / "liminal_api"):
        held = [*package.rglob("*.py"), package / "py.typed"]
        assert {path.relative_to(package.parent).as_posix() for path in held} <= names(wheel)


def test_the_sdist_holds_no_tests_and_no_generated_folder_and_builds_the_same_wheel(
    sdist, wheel, tmp_path
):
    documents = {".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md"}
    sources = {"liminal", "liminal_api", "pyproject.toml"}
    assert {path.name for path in sdist.iterdir()} == documents | sources
    assert names(build(sdist, "wheel", tmp_path)) == names(wheel)


def test_the_wheel_names_ranges_of_what_it_needs_and_no_pins(about):
    needs = about.get_all("Requires-Dist", [])
    runtime = {re.split("[<>]", need)[0] for need in needs if "extra ==" not in need}
    assert runtime == {"anyio", "attrs", "h11", "httpx", "msal"}
    assert not [need for need in needs if "==" in need.partition(";")[0]]


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
    wheel, about, tmp_path, tmp_path_factory
):
    fresh = install(wheel, tmp_path_factory.mktemp("fresh"))
    command = [str(fresh), "-I", "-W", "error", "-c", INSTALLED]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == (about["Version"], "")
