"""Tokens: who does not carry one is turned away, at every door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest
from made_runs import one_run, run_id
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import misstep
from misstep.errors import EndpointError
from misstep_store.otlp.encode import traces_request
from misstep_store.reader import RunQuery
from misstep_store.serve.client import HttpReader
from misstep_store.serve.security import Gate
from misstep_store.serve.server import Server

SECRET = "s3cret-ünd-lang"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("MISSTEP_TOKEN", "s3cret")
    with Server(tmp_path / "t.duckdb", otlp_port=0, grpc_port=0, ui_port=None) as running:
        yield running


@pytest.mark.parametrize("path", ["/api/runs", "/api/stats", "/api/events", "/v1/traces", "/x"])
def test_a_request_without_the_token_is_turned_away(server, path) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "s3cret"}):
        answer = httpx.get(server.otlp_url + path, headers=headers, timeout=60)
        assert answer.status_code == 401 and "token" in answer.json()["error"]


def test_the_probes_stay_open(server) -> None:
    assert httpx.get(f"{server.otlp_url}/healthz", timeout=60).status_code == 200
    assert httpx.get(f"{server.otlp_url}/readyz", timeout=60).status_code == 200


def test_commands_carry_the_token_of_the_environment(server, monkeypatch) -> None:
    reader = HttpReader(server.otlp_url)
    assert reader.stats().runs == 0
    reader.close()
    monkeypatch.delenv("MISSTEP_TOKEN")
    stranger = HttpReader(server.otlp_url)
    with pytest.raises(EndpointError, match="MISSTEP_TOKEN"):
        stranger.stats()
    stranger.close()


def test_grpc_wants_the_token_in_its_metadata(server) -> None:
    request = ExportTraceServiceRequest()
    request.MergeFrom(traces_request(one_run(1)))
    with grpc.insecure_channel(server.grpc_address) as channel:
        stub = trace_service_pb2_grpc.TraceServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.Export(request, timeout=60)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        stub.Export(request, timeout=60, metadata=[("authorization", "Bearer s3cret")])
    assert server.reader.resolve("abcd") == [run_id(1)]


def test_a_program_without_the_token_leaves_its_spans_in_the_inbox(server, monkeypatch) -> None:
    monkeypatch.delenv("MISSTEP_TOKEN")
    misstep.init(store=server.path, auto=False)
    try:
        with misstep.run("alone"):
            pass
        assert misstep.flush(60)
    finally:
        misstep.shutdown()
    server.store.poll_inbox()
    assert [run.name for run in server.reader.runs(RunQuery()).runs] == ["alone"]


def page(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"page {request.url.query}")


def test_a_browser_brings_the_token_once_and_keeps_a_cookie() -> None:
    app = Gate(Starlette(routes=[Route("/", page)]), hosts=["testserver"], token=SECRET)
    browser = TestClient(app, follow_redirects=False)
    assert browser.get("/").status_code == 401
    assert browser.get("/", params={"token": "wrong"}).status_code == 401
    welcome = browser.get("/", params={"token": SECRET, "run": "a b"})
    assert (welcome.status_code, welcome.headers["location"]) == (303, "/?run=a+b")
    assert SECRET not in welcome.headers["set-cookie"]
    assert "HttpOnly" in welcome.headers["set-cookie"]
    assert browser.get(welcome.headers["location"]).text == "page run=a+b"


def test_the_address_after_the_token_stays_on_this_server() -> None:
    app = Gate(Starlette(routes=[Route("/", page)]), hosts=["testserver"], token=SECRET)
    browser = TestClient(app, follow_redirects=False)
    welcome = browser.get("//evil.example/x", params={"token": SECRET})
    assert welcome.headers["location"].startswith("/") and not welcome.headers[
        "location"
    ].startswith("//")
