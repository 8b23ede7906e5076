"""The package as a whole: its names, what it imports, and the templates that it is made with."""

from __future__ import annotations

import hashlib
import inspect
import re
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import openapi_python_client
import pytest

import liminal_api.models
from liminal_api.api.prompt import analyze_prompt
from liminal_api.security import SCHEMES
from tests.generated.making import ROOT, Package, make_ours, small_contract

PACKAGE = ROOT / "generated/liminal_api"
TEMPLATES = ROOT / "openapi/templates"
STOCK = Path(openapi_python_client.__file__).parent / "templates"
SUMS = (TEMPLATES / "stock.sha256").read_text(encoding="utf-8")


def test_the_package_is_typed_and_every_file_names_its_generator() -> None:
    banner = "# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.\n"
    files = PACKAGE.rglob("*.py")
    assert (PACKAGE / "py.typed").is_file()
    assert [file for file in files if not file.read_text("utf-8").startswith(banner)] == []


@pytest.mark.parametrize("package", [liminal_api, liminal_api.models])
def test_every_exported_name_can_be_imported_and_no_other(package: Any) -> None:
    assert set(package.__all__) <= set(dir(package))
    assert all(hasattr(package, name) for name in package.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = package.Nothing


def test_all_names_of_the_models_are_classes() -> None:
    models = [getattr(liminal_api.models, name) for name in liminal_api.models.__all__]
    assert all(map(inspect.isclass, models))


def loaded_by(statements: str) -> set[str]:
    """Run statements in a new interpreter, and name the modules that are loaded afterwards."""
    command = [sys.executable, "-c", f"import sys\n{statements}\nprint(*sys.modules)"]
    return set(subprocess.check_output(command, text=True).split())


def test_importing_an_operation_imports_only_the_models_that_it_uses() -> None:
    modules = loaded_by("import liminal_api.api.thread.get_thread")

    assert {name.rpartition(".")[2] for name in modules if ".models." in name} == {
        "chat",
        "chat_status",
        "model_connection",
        "model_instance",
        "provider_key",
        "thread",
        "thread_answer",
        "thread_type",
    }


def test_using_models_imports_neither_an_http_client_nor_pydantic() -> None:
    modules = loaded_by("import liminal_api.models as m; m.Thread; m.SubmitResponse")
    unwanted = {"httpx", "pydantic", "pydantic_core", "liminal_api.pydantic_schema"}
    assert not modules & unwanted


def test_an_operation_has_the_contract_s_metadata() -> None:
    operation = analyze_prompt.OPERATION

    assert operation.id == "analyze_prompt"
    assert (operation.method, operation.path) == ("POST", "/api/v1/prompts/analyze")
    assert operation.repeatable
    assert operation.security == ("sessionCookie",)


def test_the_security_schemes_tell_where_a_credential_is_sent() -> None:
    places = {key: (scheme.location, scheme.name, scheme.prefix) for key, scheme in SCHEMES.items()}

    assert places == {
        "sessionCookie": ("cookie", "session", ""),
        "providerToken": ("header", "Authorization", "Bearer "),
        "environmentToken": ("header", "x-test-automation-api-key", ""),
    }


def test_unused_helpers_are_left_out(tmp_path: Path) -> None:
    contract = tmp_path / "small.yaml"
    content = "content: {application/json: {schema: {type: string}}}"
    responses = f'responses: {{"200": {{description: It., {content}}}}}'
    contract.write_text(small_contract(responses), encoding="utf-8")

    package = make_ours(contract, tmp_path / "api")

    helpers = {"deprecation.py", "encode.py", "pages.py", "streams.py"}
    functions = {*re.findall(r"^def (\w+)", package.sources()["decode.py"], re.MULTILINE)}
    assert not package.sources().keys() & helpers
    assert functions >= {"a_string", "loads"}
    assert not functions & {"a_uuid", "an_array"}


@pytest.mark.parametrize("helper", ["decode.py", "encode.py", "pages.py"])
def test_every_helper_is_used(helper: str) -> None:
    sources = Package("liminal_api", PACKAGE).sources()
    defined = re.findall(r"^(?:class|def) (\w+)", sources[helper], re.MULTILINE)
    words = Counter(word for text in sources.values() for word in re.findall(r"\w+", text))

    # The facade, not the package itself, makes drafts of models.
    assert [name for name in defined if words[name] < 2] in ([], ["mutable_twin"])


# ---- the templates: few, each with its reason, and each watching the one that it replaces


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.jinja")), ids=lambda path: path.name)
def test_each_template_begins_with_the_reason_for_it(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("{# Why: ")


def test_the_checksums_are_those_of_the_replaced_templates() -> None:
    lines = (line.split() for line in SUMS.splitlines() if line and not line.startswith("#"))
    replaced = {path.name for path in TEMPLATES.glob("*.jinja") if (STOCK / path.name).exists()}

    assert f"openapi-python-client {version('openapi-python-client')} " in SUMS
    assert {name: checksum for checksum, name in lines} == {
        name: hashlib.sha256((STOCK / name).read_bytes()).hexdigest() for name in replaced
    }
