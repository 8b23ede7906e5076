"""A simple reference implementation of hydration: every name is tried at every place."""

import json
import re

from hypothesis import strategies as st

WORD = re.compile("[A-Za-z0-9_]")
UNIT = re.compile(r"\\u[0-9A-Fa-f]{4}|\\[^u]|.", re.DOTALL)
BRACKETS = re.compile(r"\[{1,2}|<{1,2}|\{{1,2}")
CLOSING = {"[": "]", "<": ">", "{": "}"}


def hydrated(text: str, pairs: dict[str, str], *, escape: str | None, lenient: bool) -> str:
    """Return the expected result of ``Placeholders.hydrate``."""
    units = UNIT.findall(text) if escape else list(text)
    starts = [sum(map(len, units[:index])) for index in range(len(units))]
    out, done = "", 0
    for index, start in enumerate(starts):
        if start < done:
            continue
        opening = BRACKETS.match(text, start) if lenient else None
        inner = opening.end() if opening else start
        before = units[index - 1] if index and not opening else ""
        end, name = _longest(text, inner, pairs, slashes=2 if escape else 1, lenient=lenient)
        if end == 0 or WORD.fullmatch(_decoded(before)):
            out, done = out + units[index], start + len(units[index])
        elif name is None:
            out, done = out + text[start:end], end
        else:
            closed = 0
            while (
                opening
                and closed < len(opening[0])
                and text[end:].startswith(CLOSING[text[start]] * (closed + 1))
            ):
                closed += 1
            value = json.dumps(pairs[name])[1:-1] if escape else pairs[name]
            out, done = out + text[start : inner - closed] + value, end + closed
    return out


def _decoded(unit: str) -> str:
    """Return the character that a unit stands for; anything but an escape stands for itself."""
    try:
        decoded = json.loads(f'"{unit}"', strict=False)
    except ValueError:
        return unit[-1:]
    return decoded if isinstance(decoded, str) else ""


def _longest(
    text: str, start: int, pairs: dict[str, str], *, slashes: int, lenient: bool
) -> tuple[int, str | None]:
    exact = _ends(text, start, pairs, rf"\\{{0,{slashes}}}_", re.NOFLAG)
    loose = exact
    if lenient:
        loose = _ends(text, start, pairs, rf"(?:\\{{0,{slashes}}}_|[ -]|)", re.IGNORECASE)
    end = max(loose.values(), default=0)
    exactly = [name for name in exact if exact[name] == end]
    names = exactly or [name for name in loose if loose[name] == end]
    return end, names[0] if len(names) == 1 else None


def _ends(
    text: str, start: int, pairs: dict[str, str], underscore: str, flags: re.RegexFlag
) -> dict[str, int]:
    ends = {}
    for name in pairs:
        form = underscore.join(map(re.escape, name.split("_")))
        if found := re.compile(f"{form}(?![0-9])", re.ASCII | flags).match(text, start):
            ends[name] = found.end()
    return ends


# Some are the beginning of another, or the same in lower case or without underscores.
ALIKE = ["PERSON_0", "PERSON_1", "PERSON_12", "PERSON_123", "A_1", "A_1_B_2", "A1", "A__1"]
NAMES = st.sampled_from([*ALIKE, "A_11", "a_1", "B_2", "P_0", "u0_1", "n_1"])
PAIRS = st.dictionaries(
    NAMES, st.sampled_from(["Ada", "PERSON_1", "", 'say "hi"\\', "Zoë\n", "_1", "7"]), max_size=6
)
# Bits of names, and what stands around them.
PIECES = st.one_of(
    NAMES,
    NAMES.map(str.lower),
    NAMES.map(lambda name: name.replace("_", "\\_")),
    NAMES.map(lambda name: name.replace("_", "\\\\_")),
    NAMES.map(lambda name: name.replace("_", " ")),
    NAMES.map(lambda name: f"[{name}]"),
    NAMES.map(lambda name: f"{{{{{name}}}}}"),
    st.tuples(NAMES, st.integers(0, 9)).map(lambda pair: pair[0][: pair[1]]),
    st.sampled_from(
        ["\\", "\\\\", "\\n", "\\u", "\\u0041", "\\u4e2d", "\\u00", "\\_", "\\t", '\\"']
    ),
    st.sampled_from(list(' \nX_19[]<>{}-,é中ſKA"u')),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
