"""What an import loads, and what is loaded only when it is needed."""

import subprocess
import sys

import pytest

MADE = "from liminal import SyncClient\n{before}SyncClient('https://api.tenant.example')"
BEFORE = "before = set(sys.modules)\n"


def loaded(program: str) -> set[str]:
    """The modules that a new interpreter has after ``program``, beyond those it begins with."""
    code = f"import sys; {BEFORE}{program}\nprint(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return set(done.stdout.split())


def libraries(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)


def models(modules: set[str]) -> set[str]:
    return {name for name in modules if name.startswith("liminal_api.models")}


def test_liminal_alone_loads_nothing_but_itself_and_not_even_typing():
    """Typing would take longer than all the rest."""
    beyond = loaded("import liminal")
    assert {name for name in beyond if "liminal" in name} == {"liminal", "liminal._version"}
    assert libraries(beyond) == {"liminal"}
    assert "typing" not in beyond


@pytest.mark.parametrize(
    ("first", "program"),
    [
        (
            "from opentelemetry import context, metrics, propagate, trace",
            "import liminal.telemetry",
        ),
        ("import httpx", "from liminal import SyncClient"),
        ("import httpx", "from liminal import Client"),
    ],
)
def test_importing_a_client_or_telemetry_loads_no_other_library_and_no_model(first, program):
    beyond = loaded(f"{first}\n{BEFORE}{program}")
    assert libraries(beyond) == {"liminal"}
    assert not models(beyond)


def test_importing_the_sandbox_does_not_load_its_server():
    assert not libraries(loaded("import liminal.sandbox")) & {
        "uvicorn",
        "starlette",
        "phonenumbers",
        "stdnum",
    }


def test_making_a_client_loads_no_further_module():
    assert loaded(MADE.format(before=BEFORE)) == set()


@pytest.mark.parametrize(
    ("name", "other"), [("Client", "liminal._sync"), ("SyncClient", "liminal._async")]
)
def test_an_endpoint_loads_its_own_models_and_neither_msal_nor_the_other_variant(name, other):
    beyond = loaded(f"from liminal import {name}\n{name}('https://api.tenant.example').llm")
    assert "liminal_api.models.model_instance" in beyond
    assert "liminal_api.models.analysis_finding" not in beyond
    assert "msal" not in beyond
    assert not any(module.startswith(other) for module in beyond)


def test_a_certificate_store_is_not_read_before_the_first_request():
    nothing = "import ssl\nssl.SSLContext.load_verify_locations = ssl.create_default_context = None"
    assert "liminal._http.http" in loaded(f"{nothing}\n{MADE.format(before='')}.prompt")
