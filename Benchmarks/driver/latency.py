"""From a reply's arrival to its committed row: one observation, the real path, a reply at a time."""

import contextlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import child
from database import Database, engines
from measure import Spread
from report import Comparison

DATE = "2026-03-27"
CALLS = 500


class _Estimates(BaseHTTPRequestHandler):
    """A page of one estimate, another one each time."""

    protocol_version = "HTTP/1.1"
    served = 0

    def do_GET(self):
        type(self).served += 1
        record = {"date": DATE, "settlement_period": 24, "niv": self.served / 8}
        body = json.dumps({"count": 1, "next": None, "previous": None, "results": [record]}).encode()
        # Head and body in one write, or the body waits for the head's acknowledgement.
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def _estimates():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Estimates)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def measure(options):
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-benchmark")
    comparisons = []
    with _estimates() as address:
        variables = {"FLUX_HOST_MODO_URL": address, "FLUX_HOST_MODO_RATE": "unlimited"}
        for engine in engines():
            database = Database("latency", engine)
            runs = [
                json.loads(
                    child.run(
                        [program, "latency", "--date", DATE, "--calls", str(CALLS)],
                        {**variables, **database.environment},
                    ).output
                )
                for _ in range(options.runs + 1)
            ][1:]
            database.drop()
            for quantity, words, goal in (("median_call", "median", "<= 2"), ("percentile_99", "99th percentile", "")):
                comparisons.append(
                    Comparison(
                        f"{engine}: reply to committed row, {words} of {CALLS}", "ms", None, None,
                        Spread(tuple(run[quantity] * 1e3 for run in runs)), None, goal,
                    )
                )
    return comparisons
