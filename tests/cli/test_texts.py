"""``liminal analyze``, ``cleanse`` and ``hydrate``."""

import json
import re
from pathlib import Path

import pytest

from liminal.sandbox import Sandbox

from .running import liminal

TEXT = "Write to Ada Lovelace\r\nat ada@example.com\n"


def test_a_text_is_analyzed_from_stdin(sandbox: Sandbox) -> None:
    ended = liminal("analyze", stdin=TEXT)
    assert (ended.status, ended.err) == (0, "")
    assert [line.split("\t")[2:] for line in ended.out.splitlines()] == [
        ["PERSON", "0.85", "Ada Lovelace"],
        ["EMAIL_ADDRESS", "1.00", "ada@example.com"],
    ]


def test_findings_as_json_have_their_positions(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_bytes(TEXT.encode())
    found = json.loads(liminal("analyze", file, "--json").out)
    assert [TEXT[one["start"] : one["end"]] for one in found] == [one["text"] for one in found]
    assert list(found[0]) == ["start", "end", "type", "score", "policy_action", "text"]


def test_the_findings_of_a_text_in_pieces_refer_to_the_whole(
    sandbox: Sandbox,
) -> None:
    text = "Ada Lovelace wrote.\n\n" * 20
    sandbox.fail_next(413, path="*/analyze")
    found = json.loads(liminal("analyze", "--json", stdin=text * 2).out)
    assert [one["start"] for one in found] == list(range(0, len(text) * 2, 21))


def test_a_text_is_cleansed_and_hydrated_again(sandbox: Sandbox) -> None:
    cleansed = liminal("cleanse", "-", stdin=TEXT)
    assert (cleansed.status, cleansed.out) == (
        0,
        "Write to PERSON_0\r\nat EMAIL_ADDRESS_0\n",
    )
    told = re.fullmatch(r"To restore the text: liminal (hydrate --thread \d+)\n", cleansed.err)
    assert told is not None
    hydrated = liminal(*told[1].split(), stdin=cleansed.out)
    assert (hydrated.status, hydrated.out, hydrated.err) == (0, TEXT, "")


def test_a_thread_can_be_continued_with_another_text(sandbox: Sandbox) -> None:
    first = json.loads(liminal("cleanse", "--json", "-m", "sandbox-model", stdin=TEXT).out)
    thread = ("-t", str(first["thread"]))
    again = liminal("cleanse", "--json", "-m", "1", *thread, stdin="Grace Hopper, Ada Lovelace")
    assert json.loads(again.out) == {"thread": first["thread"], "text": "PERSON_1, PERSON_0"}
    hydrated = liminal("hydrate", *thread, "--json", stdin="PERSON_1!")
    assert json.loads(hydrated.out) == {"thread": first["thread"], "text": "Grace Hopper!"}


def test_a_long_text_is_cleansed_in_one_thread_so_that_placeholders_agree(
    sandbox: Sandbox,
) -> None:
    text = "Ada Lovelace met Grace Hopper.\n\n" * 20
    sandbox.fail_next(413, path="*/cleanse")
    before = sandbox.threads_created
    assert liminal("cleanse", stdin=text).out == "PERSON_0 met PERSON_1.\n\n" * 20
    assert sandbox.threads_created == before + 1


def test_a_text_without_findings_is_unchanged_and_creates_no_thread(sandbox: Sandbox) -> None:
    ended = liminal("cleanse", stdin="Nothing here")
    assert (ended.out, ended.err) == ("Nothing here", "Nothing sensitive was found\n")


@pytest.mark.parametrize("command", [("analyze",), ("cleanse",), ("hydrate", "-t", "1")])
def test_an_empty_text_gives_an_empty_result(sandbox: Sandbox, command: tuple[str, ...]) -> None:
    ended = liminal(*command)
    assert (ended.status, ended.out) == (0, "")


def test_at_a_terminal_reading_is_announced_and_control_characters_are_replaced(
    sandbox: Sandbox,
) -> None:
    ended = liminal("cleanse", stdin="red \x1b[31m\r\nbell \x07 tab \t", terminal="in out err")
    assert ended.out == "red \ufffd[31m\nbell \ufffd tab \t\n"
    assert ended.err.startswith("Reading the text from the terminal: end it with Ctrl-D")


def test_at_a_terminal_findings_are_a_table(sandbox: Sandbox) -> None:
    lines = liminal("analyze", stdin="Ada\x1b[2J\nAda Lovelace", terminal="out").lines
    assert lines[0].split() == ["START", "END", "TYPE", "SCORE", "TEXT"]
    assert lines[2].split()[2:] == ["PERSON", "0.85", "Ada", "Lovelace"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"caf\xe9 au lait", "is not UTF-8 text: see byte 4"),
        (None, "can't be read: No such file or directory"),
    ],
)
def test_a_binary_file_is_reported_in_one_line_without_its_content(
    sandbox: Sandbox, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    ended = liminal("analyze", file)
    assert (ended.status, ended.out, ended.err) == (2, "", f"liminal: {file} {problem}\n")
