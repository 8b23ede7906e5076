"""The objects of old names, and their warnings."""

import pickle
import subprocess
import sys
from importlib import import_module

import attrs
import pytest

from liminal import LiminalError, SyncClient
from liminal._compat.keywords import renamed
from liminal._compat.names import NAMES, SUBMODULES
from liminal.auth import Token
from liminal.endpoints.thread.models import DeidentifiedToken
from liminal.errors import AuthError
from liminal.sandbox import Sandbox

EVERY = [(module, name) for module, names in NAMES.items() for name in names]
MSAL = {
    "token_type": "Bearer",
    "access_token": "a-secret",
    "expires_in": 3600,
    "token_source": "cache",
}


def test_an_old_name_warns_where_it_is_used() -> None:
    for module, name in EVERY:
        told = f"^{module}.{name} is deprecated"
        with pytest.warns(DeprecationWarning, match=told) as caught:
            getattr(import_module(module), name)
        assert [one.filename for one in caught] == [__file__]


def test_a_replacement_exists_and_is_not_deprecated() -> None:
    successors = [NAMES[module][name].instead or "" for module, name in EVERY]
    ours = [one.rpartition(".") for one in successors if one.startswith(("liminal.", "liminal_"))]
    assert ours
    assert [(home, new) for home, _, new in ours if not hasattr(import_module(home), new)] == []


@pytest.mark.parametrize("module", NAMES)
def test_an_unknown_name_is_an_attribute_error(module: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Cilent'"):
        import_module(module).Cilent  # noqa: B018 - the access is what is tested


def test_an_old_keyword_warns_and_works() -> None:
    with (
        Sandbox() as sandbox,
        SyncClient(sandbox.url, auth=Token(sandbox.token)) as client,
        pytest.warns(DeprecationWarning, match="use name=") as caught,
    ):
        found = client.llm.get_model_instance(model_instance_name="sandbox-model")  # type: ignore[call-arg]
    assert found.name == "sandbox-model"
    assert [one.filename for one in caught] == [__file__]


def test_an_argument_by_its_old_and_its_new_name_is_a_type_error() -> None:
    @renamed(old="new")
    def call(new: str) -> str:
        return new

    with pytest.raises(TypeError, match="old"):
        call(new="one", old="two")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_subclassing_the_old_base_class_is_an_error_with_advice() -> None:
    from liminal.helpers.model import BaseModel

    with pytest.raises(LiminalError, match=r"derive Mine from mashumaro\.DataClassDictMixin"):
        type("Mine", (BaseModel,), {})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_models_and_answers_are_instances_of_the_old_base_classes() -> None:
    from liminal.helpers.model import BaseModel
    from liminal.helpers.schema import BaseResponseSchema

    token = DeidentifiedToken(deid_text="PERSON_0", hash_text="8Wm0Xw==")
    assert isinstance(token, BaseModel)
    assert isinstance(token, BaseResponseSchema)
    assert not isinstance("a text", BaseModel)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_of_msal_s_answer_hides_the_token() -> None:
    from liminal.auth.microsoft.models import MSALCacheTokenResponse

    found = MSALCacheTokenResponse.from_dict(MSAL | {"more": 1})
    assert found.to_dict() == MSAL
    assert found == pickle.loads(pickle.dumps(found))
    assert "a-secret" not in repr(found)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.access_token = ""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_missing_field_of_msal_s_answer_is_named() -> None:
    from liminal.auth.microsoft.models import MSALCacheTokenResponse

    with pytest.raises(AuthError, match=r"^a MSALCacheTokenResponse needs expires_in$") as caught:
        MSALCacheTokenResponse.from_dict({key: MSAL[key] for key in MSAL if key != "expires_in"})
    assert "a-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("package", "name"),
    [
        *(("liminal", name) for name in ("auth", "client", "const", "endpoints", "errors")),
        *((package, name) for package, names in SUBMODULES.items() for name in names),
    ],
)
def test_a_module_is_an_attribute_of_its_package_without_a_warning(package: str, name: str) -> None:
    found = import_module(package).__getattr__(name)
    assert found is import_module(f"{package}.{name}")


def test_submodules_are_available_without_an_import() -> None:
    code = (
        "import liminal; liminal.errors.AuthError; liminal.auth.AuthProvider;"
        "liminal.endpoints.thread.models.Thread; liminal.endpoints.llm.schemas;"
        "liminal.streaming.iter_sse; liminal.helpers.typing; liminal.const; liminal.client"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
