"""Forwarding: everything that arrives, in the end, once the destination takes it."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from collecting import free_port, rotel_to, wait_until
from made_runs import logs_of, one_run, run_id
from served import Up, empty_home, serving

from misstep.errors import UsageError
from misstep.inbox import inbox_path, write_segment
from misstep_store.otlp.decode import decode_logs, decode_traces
from misstep_store.otlp.encode import logs_request, traces_request
from misstep_store.otlp.encode_json import traces
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.serve import forward, otlp_send
from misstep_store.serve.otlp_send import base_url, halves, retry_after_s
from misstep_store.serve.server import Server

PROTOBUF = {"content-type": "application/x-protobuf"}


class Receiver:
    """An OTLP/HTTP receiver whose answers a test chooses: (status, headers) in turn, then 200."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.spans: list[Span] = []
        self.logs: list[LogRecord] = []
        self.requests: list[dict[str, str]] = []
        self.limit_bytes = 10**9
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = gzip.decompress(self.rfile.read(int(self.headers["content-length"])))
                status, headers = outer.take(self.path, dict(self.headers.items()), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        self.requests.append({k.lower(): v for k, v in headers.items()})
        if len(body) > self.limit_bytes:
            return 413, {}
        if self.answers:
            return self.answers.pop(0)
        if path == "/v1/traces":
            self.spans += decode_traces(body, json=False).spans
        else:
            self.logs += decode_logs(body, json=False).logs
        return 200, {}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "backoff_s", lambda _: 0.05)


def serve(path: Path, *to: str) -> Server:
    return Server(path, otlp_port=0, grpc_port=0, ui_port=None, forward=to)


def post(server: Server, body: bytes, kind: str = "application/x-protobuf", **more: str) -> None:
    headers = {"content-type": kind} | more
    answer = httpx.post(f"{server.otlp_url}/v1/traces", content=body, headers=headers, timeout=60)
    assert answer.status_code == 200


def report(server: Server) -> dict[str, Any]:
    return httpx.get(f"{server.otlp_url}/api/stats", timeout=60).json()["forward"][0]


def test_what_arrives_by_any_way_is_passed_on_as_it_was(tmp_path, receiver, monkeypatch) -> None:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret")
    path = tmp_path / "t.duckdb"
    write_segment(inbox_path(path), traces_request(one_run(1)).SerializeToString())
    with serve(path, receiver.url) as server:
        post(server, traces_request(one_run(2)).SerializeToString())
        post(server, traces(one_run(3)), "application/json")
        body = logs_request(logs_of(2)).SerializeToString()
        headers = {"content-type": "application/x-protobuf"}
        httpx.post(f"{server.otlp_url}/v1/logs", content=body, headers=headers, timeout=60)
        provider = TracerProvider(shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=server.grpc_address, insecure=True)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with provider.get_tracer("t").start_as_current_span("over grpc"):
            pass
        provider.shutdown()
        wait_until(lambda: len(receiver.spans) == 10 and receiver.logs)
        wait_until(lambda: report(server)["waiting"] == 0)
        assert report(server)["sent"] == 5 and report(server)["dropped"] == {}
    spans = {s.span_id: s for s in receiver.spans}
    for number in (1, 2, 3):
        assert all(spans[s.span_id] == s for s in one_run(number))
    assert receiver.logs == logs_of(2)
    assert all(r["api-key"] == "secret" for r in receiver.requests)


def test_a_body_that_was_refused_is_not_passed_on(tmp_path, receiver) -> None:
    with serve(tmp_path / "t.duckdb", receiver.url) as server:
        headers = {"content-type": "application/x-protobuf"}
        wrong = httpx.post(
            f"{server.otlp_url}/v1/traces", content=b"\xff\xff", headers=headers, timeout=60
        )
        assert wrong.status_code == 400
        post(server, traces_request(one_run(1)).SerializeToString())
        wait_until(lambda: report(server)["sent"] == 1)
    assert receiver.spans == one_run(1)


def test_a_busy_destination_gets_it_later_and_is_asked_as_it_wishes(tmp_path, receiver) -> None:
    receiver.answers = [(503, {"retry-after": "0"}), (429, {}), (502, {}), (504, {})]
    with serve(tmp_path / "t.duckdb", receiver.url) as server:
        post(server, traces_request(one_run(1)).SerializeToString())
        wait_until(lambda: report(server)["sent"] == 1)
        told = report(server)
    assert told["retries"] == 4 and told["dropped"] == {} and told["last_error"] is None
    assert receiver.spans == one_run(1)


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_a_request_refused_for_good_is_counted_and_does_not_hold_up_others(
    tmp_path, receiver, status
) -> None:
    receiver.answers = [(status, {})]
    with serve(tmp_path / "t.duckdb", receiver.url) as server:
        post(server, traces_request(one_run(1)).SerializeToString())
        post(server, traces_request(one_run(2)).SerializeToString())
        wait_until(lambda: report(server)["sent"] == 1)
        assert report(server)["dropped"] == {f"refused: {status}": 1}
        assert len(server.reader.resolve("abcd")) == 2
    assert receiver.spans == one_run(2)


def test_a_request_too_large_for_the_destination_goes_in_parts(tmp_path, receiver) -> None:
    spans = [s for n in range(1, 9) for s in one_run(n)]
    receiver.limit_bytes = len(traces_request(spans).SerializeToString()) // 3
    with serve(tmp_path / "t.duckdb", receiver.url) as server:
        post(server, traces_request(spans).SerializeToString())
        wait_until(lambda: report(server)["sent"] == 1)
    assert sorted(s.span_id for s in receiver.spans) == sorted(s.span_id for s in spans)


def test_what_waits_is_sent_after_a_restart(tmp_path, receiver) -> None:
    path = tmp_path / "t.duckdb"
    receiver.answers = [(503, {})] * 10_000
    with serve(path, receiver.url) as server:
        post(server, traces_request(one_run(1)).SerializeToString())
        wait_until(lambda: report(server)["retries"] > 0)
        assert report(server)["waiting"] == 1 and "503" in report(server)["last_error"]
    receiver.answers = []
    with serve(path, receiver.url) as server:
        wait_until(lambda: report(server)["sent"] == 1)
    assert receiver.spans == one_run(1)
    assert not list(tmp_path.rglob("*.otlp"))


def test_a_destination_that_is_away_holds_up_neither_store_nor_the_other(
    tmp_path, receiver
) -> None:
    with serve(tmp_path / "t.duckdb", "http://127.0.0.1:9", receiver.url) as server:
        post(server, traces_request(one_run(1)).SerializeToString())
        assert len(server.reader.resolve("abcd")) == 1
        wait_until(lambda: receiver.spans)
        away = report(server)
        assert away["url"] == "http://127.0.0.1:9" and away["waiting"] == 1


def test_a_full_spool_lets_the_oldest_go_and_counts_them(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(forward, "spool_bytes", lambda: 10_000)
    with serve(tmp_path / "t.duckdb", "http://127.0.0.1:9") as server:
        for number in range(1, 8):
            post(server, traces_request(one_run(number)).SerializeToString())
        told = report(server)
    assert told["dropped"]["spool full: oldest dropped"] == 7 - told["waiting"] > 0
    assert told["waiting_bytes"] <= 10_000
    left = sorted(tmp_path.rglob("*.otlp"))
    newest = decode_traces(left[-1].read_bytes(), json=False).spans
    assert newest[0].trace_id == run_id(7)


def test_a_spool_that_cannot_be_written_costs_no_acknowledged_span(tmp_path, receiver) -> None:
    (tmp_path / "t.duckdb.forward").write_text("in the way")
    with serve(tmp_path / "t.duckdb", receiver.url) as server:
        post(server, traces_request(one_run(1)).SerializeToString())
        assert len(server.reader.resolve("abcd")) == 1
        assert any("cannot be written" in reason for reason in report(server)["dropped"])


def test_a_request_goes_on_through_every_server_and_through_none_twice(tmp_path, receiver) -> None:
    with serve(tmp_path / "a.duckdb", receiver.url) as first:
        post(first, traces_request(one_run(1)).SerializeToString(), **{forward.VIA: "0123456789ab"})
        wait_until(lambda: receiver.requests)
        via = receiver.requests[0][forward.VIA]
        assert via.split(",")[0] == "0123456789ab" and len(via.split(",")) == 2
        post(first, traces_request(one_run(2)).SerializeToString(), **{forward.VIA: via})
        post(first, traces_request(one_run(3)).SerializeToString(), **{forward.VIA: "../../x"})
        wait_until(lambda: report(first)["sent"] == 2)
    assert {s.trace_id for s in receiver.spans} == {run_id(1), run_id(3)}


def test_servers_that_forward_to_each_other_do_not_do_so_for_ever(tmp_path, receiver) -> None:
    port = free_port()  # the second one's
    with serve(tmp_path / "a.duckdb", f"http://127.0.0.1:{port}", receiver.url) as first:
        second = Server(
            tmp_path / "b.duckdb",
            otlp_port=port,
            grpc_port=0,
            ui_port=None,
            forward=[first.otlp_url, receiver.url],
        )
        with second:
            post(first, traces_request(one_run(1)).SerializeToString())
            wait_until(lambda: report(first)["sent"] == 1 and report(second)["sent"] == 1)
            wait_until(lambda: len(receiver.requests) == 2)
            post(second, traces_request(one_run(2)).SerializeToString())
            wait_until(lambda: report(first)["sent"] == 2 and report(second)["sent"] == 2)
    assert len(receiver.requests) == 4  # each run by either server, once


@pytest.mark.parametrize("url", ["localhost:4318", "ftp://x", "http://", "http://h:99999", ""])
def test_an_address_that_is_none_is_refused_in_a_sentence(tmp_path, url) -> None:
    with pytest.raises(UsageError, match="http://host:4318"):
        Server(tmp_path / "t.duckdb", forward=[url])


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://h:4318", "http://h:4318"),
        ("http://h:4318/", "http://h:4318"),
        ("https://h/otlp", "https://h/otlp"),
        ("http://h/v1/traces", "http://h"),
    ],
)
def test_an_address_may_be_given_with_or_without_its_path(given, base) -> None:
    assert base_url(given) == base


def test_retry_after_is_read_as_number_and_as_date() -> None:
    assert retry_after_s("2.5") == 2.5
    assert retry_after_s("99999") == otlp_send._MAX_RETRY_AFTER_S
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after_s("soon") is None and retry_after_s(None) is None
    assert retry_after_s("nan") is None


def test_a_request_is_split_into_halves_that_lose_nothing() -> None:
    spans = one_run(1) + one_run(2)
    parts = halves("traces", traces_request(spans).SerializeToString())
    found = [s for part in parts for s in decode_traces(part, json=False).spans]
    assert sorted(s.span_id for s in found) == sorted(s.span_id for s in spans)
    assert all(s in spans for s in found)
    assert halves("logs", logs_request(logs_of(1)).SerializeToString()) == []


def test_what_forwarding_did_is_in_the_command_line_too(tmp_path, receiver) -> None:
    with serve(tmp_path / "t.duckdb", receiver.url) as server:
        told = json.loads(httpx.get(f"{server.otlp_url}/api/stats", timeout=60).text)["forward"]
    assert set(told[0]) == {
        *("url", "sent", "waiting", "waiting_bytes", "retries", "dropped", "last_error")
    }


def test_a_killed_server_passes_on_all_that_it_acknowledged_once_the_destination_is_back(
    tmp_path,
) -> None:
    path, other, port = tmp_path / "t.duckdb", tmp_path / "other.duckdb", free_port()
    options = ("--no-ui", "--otlp-port", "0", "--grpc-port", "0")
    options += ("--forward", f"http://127.0.0.1:{port}")
    spans = [s for number in range(1, 9) for s in one_run(number)]

    def send(to: Up, number: int) -> None:
        body = traces_request(one_run(number)).SerializeToString()
        httpx.post(
            f"{to.otlp}/v1/traces", content=body, headers=PROTOBUF, timeout=60
        ).raise_for_status()

    with serving(path, *options, environment=empty_home(tmp_path)) as up:
        for number in range(1, 8):
            send(up, number)
        assert up.stop(signal.SIGKILL) == -signal.SIGKILL
    with (
        Server(other, otlp_port=0, grpc_port=None, ui_port=None) as last,
        rotel_to(last.otlp_url, tmp_path, port),
        serving(path, *options, environment=empty_home(tmp_path)) as up,
    ):
        send(up, 8)
        wait_until(lambda: last.reader.stats().spans == len(spans))
        told = httpx.get(f"{up.otlp}/api/stats", timeout=60).json()["forward"][0]
        assert (told["sent"], told["dropped"]) == (8, {})
        arrived = [s for n in range(1, 9) for s in last.reader.spans(run_id(n))[0]]
    assert {s.span_id: s.attributes for s in arrived} == {s.span_id: s.attributes for s in spans}


@pytest.mark.parametrize("scheme", ["https", "HTTPS", "hTTpS"])
def test_a_destination_over_tls_must_prove_who_it_is_however_it_is_written(
    scheme: str, tmp_path: Path, receiver: Receiver
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes a certificate nobody vouches for, is not installed")
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = receiver.server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    sender = otlp_send.OtlpSender(f"{scheme}{receiver.url.removeprefix('http')}")
    assert "CERTIFICATE_VERIFY_FAILED" in str(sender.send("traces", b""))
    assert not receiver.requests
