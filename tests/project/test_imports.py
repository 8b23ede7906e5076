"""What an import loads, and what it leaves for when it is needed. Nothing here is timed."""

import subprocess
import sys

import pytest

CLIENTS = ["SyncClient", "Client"]
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
def test_what_is_imported_brings_no_other_library_and_no_model(first, program):
    beyond = loaded(f"{first}\n{BEFORE}{program}")
    assert libraries(beyond) == {"liminal"}
    assert not models(beyond)


def test_the_sandbox_s_server_is_left_to_who_starts_one():
    assert not libraries(loaded("import liminal.sandbox")) & {
        "uvicorn",
        "starlette",
        "phonenumbers",
        "stdnum",
    }


def test_to_make_a_client_loads_nothing_more():
    assert loaded(MADE.format(before=BEFORE)) == set()


def test_the_blocking_client_loads_none_of_the_other():
    beyond = loaded(MADE.format(before="") + ".prompt")
    assert not any(name.startswith("liminal._async") for name in beyond)


def test_only_the_models_in_use_are_loaded():
    found = models(loaded(MADE.format(before="") + ".llm"))
    assert "liminal_api.models.model_instance" in found
    assert "liminal_api.models.analysis_finding" not in found


@pytest.mark.parametrize("name", CLIENTS)
def test_msal_is_left_to_those_who_sign_in_with_it(name):
    program = f"from liminal import {name}\n{name}('https://api.tenant.example').prompt"
    assert "msal" not in libraries(loaded(program))


def test_a_certificate_store_is_not_read_before_the_first_request():
    nothing = "import ssl\nssl.SSLContext.load_verify_locations = ssl.create_default_context = None"
    assert "liminal._http.http" in loaded(f"{nothing}\n{MADE.format(before='')}.prompt")
