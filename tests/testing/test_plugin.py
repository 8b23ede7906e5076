"""The pytest plugin, in separate runs of pytest."""

import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

import liminal
import liminal_api
from liminal.auth import _env


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Load all of ours: a run within this one forgets what it has imported, and classes with it."""
    for package in (liminal, liminal_api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Make an empty project, in an environment without Liminal's variables."""
    for name in (_env.URL, _env.TOKEN, _env.SESSION_ID, _env.TENANT_ID, _env.CLIENT_ID):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\naddopts = -p no:schemathesis -W error --strict-markers")
    return pytester


def run(project: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    project.makepyfile(source)
    return project.runpytest_inprocess("-p", "liminal.testing.plugin", "-p", "no:liminal", *options)


FIXTURES = """
    import os, pytest
    from liminal import Client, SyncClient

    def test_sandbox(liminal_sandbox):
        assert liminal_sandbox.logins == 0

    def test_client(liminal_client, liminal_sandbox):
        assert liminal_client.prompt.cleanse(1, "Ada").text
        assert liminal_sandbox.logins == 1

    def test_environment(liminal_sandbox, monkeypatch):
        with SyncClient.from_env() as client:
            assert client.llm.get_model_instance("sandbox-model")
        assert liminal_sandbox.logins == 1

    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
    async def test_async(liminal_async_client, liminal_sandbox):
        assert (await liminal_async_client.prompt.cleanse(1, "Ada")).text
        assert liminal_sandbox.logins == 1

    def test_run(liminal_async_client):
        import asyncio
        assert asyncio.run(liminal_async_client.prompt.cleanse(1, "Ada")).text

    def test_unused_async(liminal_async_client):
        pass

    def test_unset():
        assert [name for name in os.environ if name.startswith("LIMINAL_")] == []
"""


def test_each_test_has_its_own_sandbox_and_clients(
    project: pytest.Pytester,
) -> None:
    run(project, FIXTURES).assert_outcomes(passed=8)


def test_the_environment_points_only_to_the_sandbox_and_is_restored(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {_env.SESSION_ID: "kept", _env.TENANT_ID: "kept", _env.URL: "https://kept.example"}
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    source = """
        import os

        def test_inside(liminal_sandbox):
            names = {name for name in os.environ if name.startswith("LIMINAL_")}
            assert names == {"LIMINAL_API_SERVER_URL", "LIMINAL_TOKEN"}
            assert os.environ["LIMINAL_API_SERVER_URL"] == liminal_sandbox.url

        def test_outside():
            assert os.environ["LIMINAL_API_SERVER_URL"] == "https://kept.example"
            assert os.environ["LIMINAL_SESSION_ID"] == "kept"
            assert "LIMINAL_TOKEN" not in os.environ
    """
    run(project, source).assert_outcomes(passed=2)


MARKERS = """
    import pytest
    pytestmark = pytest.mark.liminal(terms={"Falcon": "CUSTOM"}, threads=["a"])

    def test_module(liminal_client):
        assert liminal_client.prompt.cleanse(1, "Falcon").text == "CUSTOM_0"

    @pytest.mark.liminal(threads=["a", "b"], session_uses=1)
    class TestClass:
        @pytest.mark.liminal(session_uses=2)
        def test_nearest_wins(self, liminal_client, liminal_sandbox):
            assert len(liminal_client.thread.get_available()) == 2
            assert liminal_client.prompt.cleanse(1, "Falcon").text == "CUSTOM_0"
            assert liminal_sandbox.logins == 1

    @pytest.mark.liminal(session_til=5, tokn="x")
    def test_misspelt(liminal_sandbox):
        pass

    @pytest.mark.liminal(5)
    def test_without_a_name(liminal_sandbox):
        pass
"""


def test_the_nearest_marker_s_options_count_and_unknown_ones_are_errors(
    project: pytest.Pytester,
) -> None:
    result = run(project, MARKERS)
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*LiminalError: * takes the options of Sandbox by name, and not: session_til, tokn.",
            "*LiminalError: * takes the options of Sandbox by name.",
        ]
    )


def test_the_marker_is_declared(project: pytest.Pytester) -> None:
    run(project, "", "--markers").stdout.fnmatch_lines(["@pytest.mark.liminal(?*options): *"])


SHOWN = {  # other places: test_unittest.py
    "a log record": "logging.getLogger('app').debug('to %s', name)",
    "the variable text of fail": """try: app.fail(name)
    except ValueError: logging.getLogger('app').exception('x')""",
    "a warning": "warnings.warn(name)",
    "Captured stdout call": "print(json.dumps(name))",
    "Captured stderr call": "print(repr(name), file=sys.stderr)",
    "the file sub/out.txt": """(tmp_path / 'sub').mkdir()
    (tmp_path / 'sub' / 'out.txt').write_text(name)""",
}
CANARY = """
    import json, logging, sys, warnings
    import pytest
    import app

    def test_it(liminal_canary, tmp_path):
        name = liminal_canary("Zo\\u00eb \\"Q\\"")
        {}
"""
APP = """
    def fail(text):
        raise ValueError("wrong")

    def tell(text):
        raise ValueError(text)

    def note(text):
        error = ValueError("wrong")
        error.add_note(text)
        raise error
"""


@pytest.mark.parametrize(("place", "source"), SHOWN.items())
def test_a_visible_canary_fails_the_test(project: pytest.Pytester, place: str, source: str) -> None:
    project.makepyfile(app=APP)
    result = run(project, CANARY.format(source.replace("\n    ", "\n        ")), "-W", "default")
    result.assert_outcomes(failed=1, warnings=1 if place == "a warning" else 0)
    result.stdout.fnmatch_lines([f"A canary shows in {place}*"])


@pytest.mark.parametrize("how", ["fail", "tell", "note"])
def test_the_report_of_a_failed_test_says_where_the_canary_is_visible(
    project: pytest.Pytester, how: str
) -> None:
    project.makepyfile(app=APP)
    result = run(project, CANARY.format(f"app.{how}(name)"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*liminal_canary*", f"* in the variable text of {how} (app.py:*)"])
    shown = "A canary shows in the message of ValueError" in result.outlines
    assert shown is (how != "fail")


UNSEEN = """
    import logging, warnings
    import pytest
    import app

    def test_silent(liminal_canary, tmp_path):
        name = liminal_canary("Ada Lovelace", files=False)
        liminal_canary("Byron")
        (tmp_path / "out.txt").write_text(name)
        logging.getLogger("app").debug("to %s", "PERSON_0")
        print("PERSON_0")

    def test_handled(liminal_canary):
        liminal_canary("Ada Lovelace")
        with pytest.raises(ValueError) as told:
            app.fail("Ada Lovelace")
        with pytest.raises(AssertionError, match="variable text of fail"):
            liminal_canary.check(told.value)
        with pytest.raises(ValueError) as told:
            app.fail("PERSON_0")
        liminal_canary.check(told.value)

    def test_skipped(liminal_canary):
        print(liminal_canary("Ada Lovelace"))
        pytest.skip()

    def test_warned(liminal_canary):
        liminal_canary("Ada Lovelace")
        with pytest.warns(UserWarning):
            warnings.warn("Hello")

    def test_level():
        assert logging.getLogger().level == logging.WARNING
        assert not [each for each in logging.getLogger().handlers if "liminal" in repr(type(each))]

    def test_without():
        print("Ada Lovelace")
"""


def test_a_hidden_canary_changes_nothing(project: pytest.Pytester) -> None:
    project.makepyfile(app=APP)
    run(project, UNSEEN).assert_outcomes(passed=5, skipped=1)


def test_without_the_plugin_there_are_no_such_fixtures(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(liminal_sandbox): pass")
    result = project.runpytest_inprocess("-p", "no:liminal")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'liminal_sandbox' not found"])


IMPORTED = """
import sys, pytest
before = set(sys.modules)
import liminal.testing.plugin
print(*sorted(set(sys.modules) - before))
"""


def test_to_load_the_plugin_imports_nothing_but_itself() -> None:
    command = [sys.executable, "-c", IMPORTED]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [
        "liminal",
        "liminal._version",
        "liminal.testing",
        "liminal.testing.plugin",
    ]
