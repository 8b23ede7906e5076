"""``liminal chat``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

import pytest

from liminal.cli._chat import lines
from liminal.sandbox import Sandbox

from .running import Ended, liminal

ADA = "Write to Ada Lovelace"
MARKDOWN = """\
# Letter

To **{name}**, with `code`:

1. one
2. [two](https://example.com)

```python
print("three")
```

{many}
The end"""


@pytest.fixture(scope="module")
def markdown_sandbox() -> Iterator[Sandbox]:
    def answer(prompt: str) -> str:
        return MARKDOWN.format(name=prompt.rsplit(maxsplit=1)[-1], many="line  \n" * 60)

    with Sandbox(model=answer) as sandbox:
        yield sandbox


@pytest.fixture
def markdown(markdown_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Give a sandbox whose model answers in Markdown."""
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", markdown_sandbox.url)
    monkeypatch.setenv("LIMINAL_TOKEN", markdown_sandbox.token)
    return markdown_sandbox


def typed(*given: str, terminal: str = "in out err") -> Ended:
    return liminal("chat", stdin="".join(f"{line}\n" for line in given), terminal=terminal)


def test_each_line_from_a_pipe_is_a_turn_of_one_thread(sandbox: Sandbox) -> None:
    before = sandbox.submits, sandbox.threads_created
    ended = liminal("chat", stdin=f"{ADA}\n\n  What did I ask?  \n/quit\nnot sent")
    assert (ended.status, ended.err) == (0, "")
    assert len(ended.out.splitlines()) == 2
    assert "I will write to Ada Lovelace about it.\n" in ended.out
    assert (sandbox.submits, sandbox.threads_created) == (before[0] + 2, before[1] + 1)
    assert "Ada Lovelace" not in str(sandbox.requests[-1].body)


def test_raw_shows_what_the_model_wrote_and_new_begins_a_new_thread(sandbox: Sandbox) -> None:
    before = sandbox.threads_created
    ended = liminal("chat", stdin=f"/raw\n{ADA}\n/raw\n/new\n/raw\n{ADA}\n/help")
    out = ended.out.splitlines()
    assert (out[0], out[3]) == ("There is no answer yet",) * 2
    assert out[2] == out[1].replace("Ada Lovelace", "PERSON_0")
    assert sandbox.threads_created == before + 2


def test_with_json_each_answer_is_a_line(sandbox: Sandbox) -> None:
    ended = liminal("chat", "--json", stdin=f"{ADA}\nAgain: Ada Lovelace")
    first, second = map(json.loads, ended.out.splitlines())
    assert first["thread"] == second["thread"]
    assert "Ada Lovelace" in first["text"]
    assert first["raw_text"] == first["text"].replace("Ada Lovelace", "PERSON_0")


def test_a_thread_is_continued(sandbox: Sandbox) -> None:
    first = json.loads(liminal("chat", "--json", stdin=ADA).out)["thread"]
    again = json.loads(liminal("chat", "--json", "-t", str(first), stdin="PERSON_0?").out)
    assert again["thread"] == first


def test_a_line_that_starts_with_a_slash_is_a_turn_in_a_pipe(sandbox: Sandbox) -> None:
    before = sandbox.submits
    assert liminal("chat", stdin="/etc/hosts").status == 0
    assert sandbox.submits == before + 1


def test_in_a_pipe_the_first_failure_ends_it(sandbox: Sandbox) -> None:
    sandbox.fail_next(403, path="*/submit")
    ended = liminal("chat", stdin="one\ntwo")
    assert (ended.status, ended.out) == (4, "")


def test_an_interrupted_answer_is_shown_before_the_error(sandbox: Sandbox) -> None:
    sandbox.fail_next_stream(after=2)
    ended = liminal("chat", stdin=ADA)
    assert ended.status == 4
    assert ended.out.startswith("Thank you")
    assert ended.out.endswith("\n")
    assert "the answer was cut off" in ended.err
    assert "partial_text" not in ended.err


def test_the_number_of_a_line_that_is_not_utf_8_is_shown(sandbox: Sandbox) -> None:
    ended = liminal("chat", stdin=b"one\n\xff\n")
    assert (ended.status, ended.err) == (2, "liminal: stdin is not UTF-8 text: see line 2\n")


def test_at_a_terminal_the_answer_is_markdown_and_the_thread_is_shown(markdown: Sandbox) -> None:
    ended = typed("To Ada Lovelace", "/raw")
    assert ended.status == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", ended.out)
    assert "To Ada Lovelace, with code:" in shown
    assert " 2 two (https://example.com)" in shown
    assert "\x1b[1mAda Lovelace\x1b[0m" in ended.out
    assert "To **PERSON_0**, with `code`:\n" in ended.out
    assert re.search(r"To continue: liminal chat --thread \d+\n\Z", ended.err)


def test_at_a_terminal_a_failure_does_not_end_the_chat(sandbox: Sandbox) -> None:
    sandbox.fail_next(403, path="*/submit")
    ended = typed("one", "/nothing", "/help", "/new", "two")
    assert ended.status == 0
    assert "liminal: submit_prompt: the service answered 403" in ended.err
    assert "/nothing is not a command" in ended.err
    assert "/quit  end the chat" in ended.err
    assert "A new thread" in ended.err
    assert "Thank you" in ended.out


def test_a_chat_without_a_turn_has_no_thread_to_continue(sandbox: Sandbox) -> None:
    assert "To continue" not in typed("/quit").err


def test_a_terminal_that_can_t_draw_gets_plain_text(
    markdown: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "0")
    assert "\x1b" not in typed("To Ada Lovelace").out


def test_the_prompt_is_not_part_of_redirected_output(sandbox: Sandbox) -> None:
    ended = typed(ADA, terminal="in err")
    assert ended.out.startswith("Thank you")
    assert ended.err.count("> ") == 2


def interrupted(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> None:
    """Let the first call of a function raise KeyboardInterrupt, like Ctrl-C."""
    calls: list[object] = []
    real = pytest.importorskip(module).__dict__[name]

    def first_interrupted(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(f"{module}.{name}", first_interrupted)


def test_ctrl_c_ends_the_answer_and_not_the_chat(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(monkeypatch, "liminal.cli.commands.chat", "show")
    ended = typed(ADA, ADA)
    assert ended.status == 0
    assert "Stopped. The turn may have been counted.\n" in ended.err
    assert "Thank you" in ended.out


def test_ctrl_c_at_the_prompt_says_how_to_leave(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(monkeypatch, lines.__name__, "_input")
    ended = typed(ADA)
    assert "/quit or Ctrl-D ends the chat" in ended.err
    assert "Thank you" in ended.out


def test_typing_during_an_answer_is_not_echoed(monkeypatch: pytest.MonkeyPatch) -> None:
    termios = pytest.importorskip("termios")
    controller, terminal = os.openpty()

    def echoes() -> bool:
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

    with os.fdopen(controller, "rb"), os.fdopen(terminal) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        with lines.without_echo():
            assert not echoes()
        assert echoes()


def test_in_a_pipe_there_is_no_echo_to_turn_off(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        with lines.without_echo():
            pass


def test_ctrl_c_in_a_pipe_is_130(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(monkeypatch, "liminal.cli.commands.chat", "show")
    assert liminal("chat", stdin=ADA).status == 130
