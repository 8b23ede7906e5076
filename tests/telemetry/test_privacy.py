"""No canary in any operation of an instrumented client is exported."""

import pytest

from liminal import LiminalError
from liminal.auth import Token
from tests.faults import steps
from tests.faults.operations import OPERATIONS
from tests.faults.server import FaultServer, Step, good
from tests.faults.variants import Variant
from tests.privacy.echoes import TOKEN, echoing, sign_in
from tests.privacy.watch import found_in, watching

from .recording import Recording

OUTCOMES: dict[str, Step] = {
    "good": good,
    "refused": steps.status(400),
    "wrong": steps.body(b'{"data": "kanarie"}'),
}


@pytest.mark.parametrize("step", OUTCOMES.values(), ids=OUTCOMES)
def test_nothing_of_content_is_exported(
    sdk: Variant, recording: Recording, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    with FaultServer(echoing(step), logins=[sign_in]) as server, watching() as watch:
        client = recording.instrument(sdk.client(server.url, auth=Token(TOKEN), max_retries=0))
        for operation in OPERATIONS.values():
            try:
                sdk.run(operation(client))
            except LiminalError as error:
                watch.error(error)
        watch.value(client)
    exported = recording.exported()
    assert found_in(exported) == []
    assert len(recording.spans) > len(OPERATIONS)
