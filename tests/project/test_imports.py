"""What an import loads, and what it leaves for when it is needed. Nothing here is timed."""

import subprocess
import sys

import pytest


def loaded(program: str) -> set[str]:
    """The modules that a new interpreter has after ``program``, beyond those it begins with."""
    code = f"import sys; before = set(sys.modules)\n{program}\nprint(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return set(done.stdout.split())


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def models(modules: set[str]) -> set[str]:
    return {name for name in modules if name.startswith("liminal_api.models")}


def test_liminal_alone_loads_nothing_but_itself() -> None:
    assert {name for name in loaded("import liminal") if "liminal" in name} == {
        "liminal",
        "liminal._version",
    }
    assert not packages(loaded("import liminal")) & {"httpx", "attrs", "anyio", "liminal_api"}


def test_not_even_typing_which_would_take_longer_than_all_the_rest() -> None:
    assert "typing" not in loaded("import liminal")


def test_telemetry_loads_no_client() -> None:
    api = "from opentelemetry import context, metrics, propagate, trace\n"
    beyond = loaded(f"{api}before = set(sys.modules)\nimport liminal.telemetry")
    assert packages(beyond) - set(sys.stdlib_module_names) == {"liminal"}


@pytest.mark.parametrize("client", ["SyncClient", "Client"])
def test_a_client_loads_httpx_and_little_else(client: str) -> None:
    beyond = loaded(f"import httpx\nbefore = set(sys.modules)\nfrom liminal import {client}")
    assert packages(beyond) - set(sys.stdlib_module_names) == {"liminal"}
    assert not models(beyond)


def test_to_make_a_client_loads_nothing_more() -> None:
    program = "from liminal import SyncClient\nbefore = set(sys.modules)\n"
    assert loaded(f"{program}SyncClient('https://api.tenant.example')") == set()


def test_the_blocking_client_loads_none_of_the_other() -> None:
    program = "from liminal import SyncClient\nSyncClient('https://api.tenant.example').prompt"
    assert not any(name.startswith("liminal._async") for name in loaded(program))


def test_only_the_models_in_use_are_loaded() -> None:
    program = "from liminal import SyncClient\nSyncClient('https://api.tenant.example').llm"
    found = models(loaded(program))
    assert "liminal_api.models.model_instance" in found
    assert "liminal_api.models.analysis_finding" not in found


@pytest.mark.parametrize("name", ["SyncClient", "Client"])
def test_msal_is_left_to_those_who_sign_in_with_it(name: str) -> None:
    program = f"from liminal import {name}\n{name}('https://api.tenant.example').prompt"
    assert "msal" not in packages(loaded(program))


def test_a_certificate_store_is_not_read_before_the_first_request() -> None:
    program = (
        "import ssl\nfrom liminal import SyncClient\n"
        "ssl.SSLContext.load_verify_locations = ssl.create_default_context = None\n"
        "SyncClient('https://api.tenant.example').prompt"
    )
    assert "liminal._http.http" in loaded(program)
