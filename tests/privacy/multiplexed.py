"""A healthy server that speaks HTTP/2 in the open, by prior knowledge (RFC 9113, 3.3)."""

import contextlib
import json
import socket
import threading
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

from tests.faults.wire import good_data

Streams = dict[int, tuple[str, str]]


class H2Server:
    """Answers each login by the session ``kanarie-session``, each call as a good one does."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for found in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = self._listener.accept()
                self._open.append(accepted)
                threading.Thread(target=self._serve, args=[accepted], daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        connection = H2Connection(H2Configuration(client_side=False))
        connection.initiate_connection()
        streams: Streams = {}
        with peer, contextlib.suppress(OSError):
            peer.sendall(connection.data_to_send())
            while data := peer.recv(65536):
                for event in connection.receive_data(data):
                    self._take(connection, streams, event)
                peer.sendall(connection.data_to_send())

    def _take(self, connection: H2Connection, streams: Streams, event: object) -> None:
        if isinstance(event, RequestReceived):
            fields = {bytes(k).decode(): bytes(v).decode() for k, v in event.headers}
            streams[event.stream_id] = fields[":method"], fields[":path"]
        elif isinstance(event, DataReceived):
            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self._answer(connection, event.stream_id, *streams[event.stream_id])

    def _answer(self, connection: H2Connection, stream_id: int, method: str, path: str) -> None:
        self.paths.append(path)
        fields = [(":status", "200"), ("content-type", "application/json")]
        data = {} if path.endswith("/login") else good_data(method, path)
        if path.endswith("/login"):
            fields.append(("set-cookie", "session=kanarie-session"))
        connection.send_headers(stream_id, fields)
        connection.send_data(stream_id, json.dumps({"data": data}).encode(), end_stream=True)
