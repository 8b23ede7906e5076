"""A healthy server that speaks HTTP/2 in the open, by prior knowledge (RFC 9113, 3.3)."""

import contextlib
import json
import socketserver
import threading
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

from tests.faults.wire import good_data


class H2Server(socketserver.ThreadingTCPServer):
    """Answers each login by the session ``kanarie-session``, each call as a good one does."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.paths: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()


class _Connection(socketserver.BaseRequestHandler):
    server: H2Server

    def handle(self) -> None:
        self.connection = H2Connection(H2Configuration(client_side=False))
        self.connection.initiate_connection()
        self.streams: dict[int, tuple[str, str]] = {}
        with contextlib.suppress(OSError):
            self.request.sendall(self.connection.data_to_send())
            while data := self.request.recv(65536):
                for event in self.connection.receive_data(data):
                    self.take(event)
                self.request.sendall(self.connection.data_to_send())

    def take(self, event: object) -> None:
        if isinstance(event, RequestReceived):
            fields = {bytes(k).decode(): bytes(v).decode() for k, v in event.headers}
            self.streams[event.stream_id] = fields[":method"], fields[":path"]
        elif isinstance(event, DataReceived):
            length = event.flow_controlled_length
            self.connection.acknowledge_received_data(length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self.answer(event.stream_id, *self.streams[event.stream_id])

    def answer(self, stream_id: int, method: str, path: str) -> None:
        self.server.paths.append(path)
        fields = [(":status", "200"), ("content-type", "application/json")]
        data = {} if path.endswith("/login") else good_data(method, path)
        if path.endswith("/login"):
            fields.append(("set-cookie", "session=kanarie-session"))
        self.connection.send_headers(stream_id, fields)
        self.connection.send_data(stream_id, json.dumps({"data": data}).encode(), end_stream=True)
