"""Batches over loopback: prepared bytes, kept connections, one acknowledgement at a time each."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

HEADERS = {"content-type": "application/x-protobuf"}


@dataclass
class Sent:
    """What a round of sending saw; times in seconds."""

    seconds: float = 0.0
    acknowledged: int = 0
    refused: int = 0
    latencies_s: list[float] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        """Latency below which that share of acknowledgements came."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def send(port: int, bodies: Sequence[bytes], connections: int, path: str = "/v1/traces") -> Sent:
    """Posts all bodies over so many connections and waits for the answers; a 503 is sent again."""
    sent = Sent()
    lock = threading.Lock()
    waiting = iter(bodies)

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.connect()
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                break
            begun = time.perf_counter()
            while True:
                connection.request("POST", path, body, HEADERS)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    break
                with lock:
                    sent.refused += 1
                if answer.status != 503:
                    raise RuntimeError(f"the server answered {answer.status}")
                time.sleep(0.05)
            took = time.perf_counter() - begun
            with lock:
                sent.latencies_s.append(took)
                sent.acknowledged += 1
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.seconds = time.perf_counter() - begun
    return sent
