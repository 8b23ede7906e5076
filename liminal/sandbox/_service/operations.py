"""The operations of the API, without HTTP: parts of a request in, data of an answer out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from liminal.sandbox._service.detect import Finding, Terms, detect
from liminal.sandbox._service.model import answer
from liminal.sandbox._service.redact import cleanse, hydrate
from liminal.sandbox._service.state import Login, Sessions, Thread, Threads, model_instances
from liminal.sandbox._service.validate import Fields, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from liminal.sandbox._controls import Controls
    from liminal.sandbox._settings import Settings

# The users of the environment token and of the provider's tokens.
_TOKEN_USER = 1
_PROVIDER_USER = 2

_KEPT_ANALYSES = 256


@dataclass(frozen=True, slots=True)
class Streamed:
    """The answer of a submit that is streamed."""

    text: str


class Operations:
    """The service without HTTP. The owner holds the lock around each call."""

    def __init__(self, settings: Settings, controls: Controls) -> None:
        self._settings = settings
        self._controls = controls
        self._terms = Terms(settings.terms)
        # Clients usually send a prompt several times: to analyze, cleanse and submit it.
        self._detect = lru_cache(maxsize=_KEPT_ANALYSES)(self._analysis)
        self._instances = model_instances(settings.model_instances)
        self._users: dict[str, int] = {}
        self.sessions = Sessions(
            ttl=settings.session_ttl,
            uses=settings.session_uses,
            roll=settings.roll_sessions,
            grace=settings.roll_grace,
        )
        self.threads = Threads(settings.keep_threads)
        for name in settings.threads:
            usable = next(one for one in self._instances.values() if one["modelConnections"])
            self.threads.create(_TOKEN_USER, name, usable)

    # auth

    def login_with_environment_token(self, token: str | None) -> str:
        """Answer a login with a new session's value."""
        if token is None or token != self._settings.token:
            raise Refusal(401, "The environment token is missing or unknown.")
        self._controls.counts["logins"] += 1
        return self.sessions.begin(_TOKEN_USER)

    def login_with_access_token(self, authorization: str | None) -> str:
        """Answer a login with a new session's value."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Refusal(401, "A bearer token is missing.")
        user_id = self._provider_user(token.strip())
        self._controls.counts["logins"] += 1
        return self.sessions.begin(user_id)

    def _provider_user(self, token: str) -> int:
        accept = self._settings.accept_provider_token
        if token in self._settings.provider_tokens:
            return _PROVIDER_USER
        accepted = _call("accept_provider_token", accept, token) if accept else False
        if not accepted:
            raise Refusal(401, "The identity provider's token is unknown.")
        if isinstance(accepted, str):
            return self._users.setdefault(accepted, _PROVIDER_USER + 1 + len(self._users))
        return _PROVIDER_USER

    def me(self, login: Login) -> dict[str, Any]:
        """Return the session's user; the application renews the session."""
        self._controls.counts["renewals"] += 1
        return {"id": login.user_id, "email": f"user-{login.user_id}@sandbox.invalid"}

    # llm and thread

    def model_instances(self) -> list[dict[str, Any]]:
        """All model instances."""
        return list(self._instances.values())

    def list_threads(self, login: Login, source: str | None) -> list[dict[str, Any]]:
        """The user's threads, without their chats."""
        if source != "sdk":
            raise Refusal(400, 'The query parameter source should be "sdk".')
        return [thread.to_wire(with_chats=False) for thread in self.threads.of(login.user_id)]

    def create_thread(self, login: Login, body: Fields) -> dict[str, Any]:
        """Create a thread."""
        name = body.text("name")
        instance = self._usable_instance(body)
        if not name.strip():
            raise Refusal(422, "$.name should not be empty.")
        self._controls.counts["threads"] += 1
        return self.threads.create(login.user_id, name, instance).to_wire(with_chats=True)

    def get_thread(self, login: Login, thread_id: int) -> dict[str, Any]:
        """One thread, with its chats."""
        return self._thread(login, thread_id).to_wire(with_chats=True)

    # prompt

    def analyze(self, body: Fields) -> dict[str, Any]:
        """Return the findings of a prompt."""
        text = body.text("text")
        self._usable_instance(body)
        findings = [_finding_to_wire(one, text) for one in self._detect(text)]
        return {"findings": findings, "text": text}

    def cleanse(self, login: Login, body: Fields) -> dict[str, Any]:
        """Replace findings with placeholders."""
        text = body.text("text")
        instance = self._usable_instance(body)
        findings = self._findings(body, text)
        return cleanse(text, findings, self._thread_of(login, body, instance).vault)

    def hydrate(self, login: Login, body: Fields) -> dict[str, Any]:
        """Replace placeholders with their text."""
        text = body.text("text")
        instance = self._usable_instance(body)
        return hydrate(text, self._thread_of(login, body, instance).vault)

    def submit(self, login: Login, body: Fields) -> dict[str, Any] | Streamed:
        """Cleanse, call the model, hydrate, and store the turn."""
        text = body.text("text")
        streaming = body.flag("isStreaming")
        instance = self._usable_instance(body)
        findings = self._findings(body, text)
        thread = self._thread_of(login, body, instance)
        self._controls.count_submit(body.optional_integer("threadId"), text)
        cleansed = cleanse(text, findings, thread.vault)
        output = _call("model", self._settings.model or answer, cleansed["text"])
        hydrated = hydrate(output, thread.vault)
        history = list(thread.history)
        chat_id = self.threads.add_chat(thread, text, cleansed, output, hydrated["text"])
        if streaming:
            return Streamed(output)
        return {
            "threadId": thread.id,
            "chatId": chat_id,
            "inputText": text,
            "deidentifiedInputTextData": cleansed,
            "llmModel": instance["modelConnections"][0]["model"],
            "rawLLMResponseText": output,
            "reidentifiedLLMResponseText": hydrated["text"],
            "reidentifiedLLMResponseItems": hydrated["items"],
            "deidentifiedContextHistory": history,
        }

    # parts

    def _usable_instance(self, body: Fields) -> dict[str, Any]:
        if body.text("source") != "sdk":
            raise Refusal(400, '$.source should be "sdk".')
        instance = self._instances.get(body.integer("modelInstanceId"))
        if instance is None:
            raise Refusal(404, "There is no such model instance.")
        if not instance["modelConnections"]:
            raise Refusal(422, "The model instance has no model connections.")
        return instance

    def _thread_of(self, login: Login, body: Fields, instance: dict[str, Any]) -> Thread:
        thread_id = body.optional_integer("threadId")
        if thread_id is not None:
            return self._thread(login, thread_id)
        self._controls.counts["threads"] += 1
        return self.threads.create(login.user_id, "New thread", instance)

    def _thread(self, login: Login, thread_id: int) -> Thread:
        thread = self.threads.get(login.user_id, thread_id)
        if thread is None:
            raise Refusal(404, "There is no such thread.")
        return thread

    def _findings(self, body: Fields, text: str) -> list[Finding]:
        given = body.findings("findings", text)
        return self._detect(text) if given is None else given

    def _analysis(self, text: str) -> list[Finding]:
        return detect(text, self._terms, phone_region=self._settings.phone_region)


def _finding_to_wire(finding: Finding, text: str) -> dict[str, Any]:
    return {
        "start": finding.start,
        "end": finding.end,
        "text": text[finding.start : finding.end],
        "type": finding.type,
        "score": finding.score,
        "scoreCategory": "VERY LIKELY" if finding.score >= 0.8 else "LIKELY",
        "policyAction": "redact",
        "customTerm": finding.term,
    }


def _call(what: str, function: Callable[[str], Any], argument: str) -> Any:
    """Call the test's function; if it raises, answer 500 with the error's type."""
    try:
        return function(argument)
    except Exception as error:  # noqa: BLE001 - a test's own function may raise anything
        kind = type(error).__name__
    raise Refusal(500, f"The function given as {what} raised {kind}.")
