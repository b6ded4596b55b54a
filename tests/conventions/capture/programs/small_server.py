"""A server of fixed answers by path, for services the local provider does not play."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(answers):
    """Starts it; its address. ``answers``: {end of the path: what is answered as JSON}; bodies that
    say ``please fail`` get a 500."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.answer(asked)

        do_PATCH = do_POST

        def do_GET(self):
            self.answer(b"")

        def answer(self, asked):
            path = self.path.partition("?")[0]
            found = next((a for end, a in answers.items() if path.endswith(end)), None)
            if callable(found):
                found = found(json.loads(asked))
            status = 500 if b"please fail" in asked else 404 if found is None else 200
            given = found if status == 200 else {"detail": "The server had an error."}
            body = given if isinstance(given, bytes) else json.dumps(given).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
