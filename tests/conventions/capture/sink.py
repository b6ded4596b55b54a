"""An OTLP/HTTP receiver that keeps what came, as it came."""

from __future__ import annotations

import gzip
import zlib

from tests.conventions.capture.serving import Quiet, Serving


class Sink(Serving):
    """Answers every OTLP request with success; ``received`` holds (signal, content type, body)."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str, bytes]] = []
        received = self.received

        class Handler(Quiet):
            def do_POST(self) -> None:
                body = self._body()
                coding = self.headers.get("Content-Encoding", "")
                if coding == "gzip":
                    body = gzip.decompress(body)
                elif coding == "deflate":
                    body = zlib.decompress(body)
                path = self.path.partition("?")[0]
                signal = "logs" if path.endswith("/v1/logs") else "traces"
                if path.endswith(("/v1/traces", "/v1/logs")):
                    received.append((signal, self.headers.get("Content-Type", ""), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _body(self) -> bytes:
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        super().__init__(Handler)
