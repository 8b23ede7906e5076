"""Decodes a list's JSON into typed objects: ours, the generator's own code, and three libraries."""

import gc
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.race import Result
from liminal import SyncClient
from liminal.auth import SessionId
from liminal_api.api.thread import list_threads

# ruff: noqa: N815 - the API's names, for the library that would need an alias for each

ROOT = Path(__file__).parents[1]
_TIMES = {"createdAt": "2025-01-02T03:04:05.678Z", "updatedAt": "2025-01-02T03:04:05.678Z"}
Decoder = Callable[[bytes], object]


def threads(number: int) -> bytes:
    """A list of threads as the service answers it, 700 bytes each."""
    connection = {"modelInstanceId": 1, "model": "gpt-4o", "providerKey": "openai", **_TIMES}
    instance = {
        "id": 1,
        "policyGroupId": 1,
        "name": "My Model",
        "instructions": "Answer briefly. " * 4,
        "modelConnections": [{"id": 1, **connection}],
        **_TIMES,
    }
    thread = {"modelInstanceId": 1, "userId": 1, "source": "sdk", "type": "default", **_TIMES}
    names = (f"Thread {one}, about the engine" for one in range(number))
    data = [
        {"id": one, "name": name, **thread, "modelInstance": instance, "deletedAt": None}
        for one, name in enumerate(names)
    ]
    return json.dumps({"data": data}).encode()


def _liminal() -> Decoder:
    return lambda content: list_threads.parse_response(200, content)


def _json() -> Decoder:
    return json.loads


def _stock() -> Decoder:
    """The code that openapi-python-client generates with its own templates."""
    folder = tempfile.mkdtemp()
    try:
        command = [str(Path(sys.executable).parent / "openapi-python-client"), "generate"]
        command += ["--path", str(ROOT / "openapi/liminal.yaml"), "--meta", "none"]
        subprocess.run(
            [*command, "--output-path", f"{folder}/stock"], check=False, capture_output=True
        )
        sys.path.insert(0, folder)
        answer: Any = importlib.import_module("stock.models").ThreadListAnswer
        return lambda content: answer.from_dict(json.loads(content))
    finally:
        shutil.rmtree(folder)


def _pydantic() -> Decoder:
    from pydantic import BaseModel, ConfigDict
    from pydantic.alias_generators import to_camel

    class Model(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel, frozen=True, protected_namespaces=())

    return _models(Model).model_validate_json


def _msgspec() -> Decoder:
    import msgspec

    model = msgspec.defstruct("Model", (), rename="camel", frozen=True, kw_only=True)
    return msgspec.json.Decoder(_models(model)).decode


def _models(base: Any) -> Any:
    """The same three models for libraries that use annotations."""

    class ModelConnection(base):
        id: int
        model_instance_id: int
        model: str
        provider_key: str
        created_at: datetime
        updated_at: datetime

    class ModelInstance(base):
        id: int
        policy_group_id: int
        name: str
        instructions: str
        model_connections: list[ModelConnection]
        created_at: datetime
        updated_at: datetime

    class Thread(base):
        id: int
        model_instance_id: int
        user_id: int
        name: str
        source: str
        type: str
        model_instance: ModelInstance
        created_at: datetime
        updated_at: datetime
        deleted_at: datetime | None = None

    class Answer(base):
        data: list[Thread]

    return Answer


@dataclass
class _Connection:
    id: int
    modelInstanceId: int
    model: str
    providerKey: str
    createdAt: datetime
    updatedAt: datetime


@dataclass
class _Instance:
    id: int
    policyGroupId: int
    name: str
    instructions: str
    modelConnections: list[_Connection]
    createdAt: datetime
    updatedAt: datetime


@dataclass
class _Thread:
    id: int
    modelInstanceId: int
    userId: int
    name: str
    source: str
    type: str
    modelInstance: _Instance
    createdAt: datetime
    updatedAt: datetime
    deletedAt: datetime | None = None


@dataclass
class _Answer:
    data: list[_Thread]


def _mashumaro() -> Decoder:
    from mashumaro.codecs.json import JSONDecoder

    return JSONDecoder(_Answer).decode


DECODERS: dict[str, Callable[[], Decoder]] = {
    "stock from_dict": _stock,
    "liminal": _liminal,
    "json alone": _json,
    "pydantic": _pydantic,
    "msgspec": _msgspec,
    "mashumaro": _mashumaro,
}


def run(number: int, rounds: int, names: tuple[str, ...] = tuple(DECODERS)) -> list[Result]:
    """Microseconds per list of ``count`` threads; ratios are to the first contestant."""
    content, decoders, problems = threads(number), {}, {}
    for name in names:
        try:
            decoders[name] = DECODERS[name]()
            decoders[name](content)
        except Exception as error:  # noqa: BLE001 - reported by its name
            problems[name] = f"{type(error).__name__}: {error}".splitlines()[0][:100]
            decoders.pop(name, None)
    times: dict[str, list[float]] = {name: [] for name in decoders}
    for _ in range(rounds + 1):
        for name, decode in decoders.items():
            times[name].append(_us(decode, content))
    base = next((times[name] for name in names if name in times), [])
    title = f"decode {number:,} threads"
    return [
        _result(title, name, times[name][1:], base[1:])
        if name in times
        else Result(title, name, None, None, None, None, problems[name])
        for name in names
    ]


def _result(title: str, name: str, times: list[float], base: list[float]) -> Result:
    ratio = median(one / other for one, other in zip(times, base, strict=True))
    return Result(title, name, median(times), min(times), max(times), ratio, "")


def _us(decode: Decoder, content: bytes) -> float:
    gc.collect()
    begun = time.perf_counter()
    kept = decode(content)
    took = time.perf_counter() - begun
    del kept
    return took * 1e6


def memory() -> dict[str, float]:
    """Bytes per client of 1,000 that share a pool, and a long list's size relative to its JSON."""
    import httpx

    shared = httpx.Client()
    _ = SyncClient("https://api.tenant.example", auth=SessionId("s"), httpx_client=shared).api
    before = _traced()
    clients = [
        SyncClient("https://api.tenant.example", auth=SessionId("s"), httpx_client=shared)
        for _ in range(1000)
    ]
    used = [client.api for client in clients]
    per_client = (_traced() - before) / len(used)
    content = threads(10_000)
    before = _traced()
    kept = list_threads.parse_response(200, content)
    per_byte = (_traced() - before) / len(content)
    tracemalloc.stop()
    del kept
    return {"bytes a client": per_client, "list of 10,000 threads / its JSON": per_byte}


def _traced() -> int:
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
