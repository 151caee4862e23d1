"""The API: from a commit to its event at one and at a thousand readers, and how often the newest values can be asked for."""

import contextlib
import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import time

import psycopg

import child
from database import Database
from measure import Spread, alternate
from report import Comparison, Ratio

COMMITS = 200
READERS = 1_000
SECONDS = 5
PEER = "FastAPI, asyncpg and orjson"

INSERT = "SELECT flux.insert_market_data_batch(ARRAY[(%s, %s, %s)]::flux.market_data_input[])"


def _fill(database):
    """A day and a half of half hours of three signals, as a desk has them."""
    database.connection.execute(
        """
        SELECT flux.insert_market_data_batch(ARRAY(
          SELECT (t, s, 50 + s + mod(extract(epoch FROM t)::bigint / 1800, 7))::flux.market_data_input
          FROM generate_series(date_trunc('hour', now()) - interval '36 hours', now(), interval '30 minutes') t,
            unnest(ARRAY[1, 3, 101]) s))
        """
    )
    database.settle()


@contextlib.contextmanager
def _ours(options, database):
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-market")
    environment = {**os.environ, **database.environment, "FLUX_LOG_FORMAT": "text"}
    process = subprocess.Popen([program, "serve", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if address := re.search(r"API are on http://127\.0\.0\.1:(\d+)/", line):
                break
        else:
            raise SystemExit("flux-market serve ended")
        yield process.pid, int(address[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


@contextlib.contextmanager
def _theirs(database):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    peer = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers", "api.py")
    process = subprocess.Popen([sys.executable, "-B", peer, str(port)], env={**os.environ, **database.environment})
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


class _Readers:
    """Clients of the stream, all in one loop."""

    def __init__(self, port, count):
        self.poll = select.epoll()
        self.sockets = {}
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: benchmark\r\n\r\n")
            self.sockets[client.fileno()] = client
            self.poll.register(client.fileno(), select.EPOLLIN)
        self.await_all(b"event: hello")

    def await_all(self, mark, patience=30):
        """When the last of them has had this."""
        waiting = set(self.sockets)
        tails = dict.fromkeys(waiting, b"")
        end = time.monotonic() + patience
        while waiting:
            if time.monotonic() > end:
                raise SystemExit(f"{len(waiting)} of {len(self.sockets)} readers have not had {mark}")
            for number, _ in self.poll.poll(1):
                tails[number] = tails[number][-100:] + self.sockets[number].recv(65_536)
                if mark in tails[number]:
                    waiting.discard(number)
        return time.monotonic()

    def close(self):
        for client in self.sockets.values():
            client.close()
        self.poll.close()


def _commit_to_event(database, port, readers, commits):
    """Seconds from the statement that commits to the event at the last reader."""
    clients = _Readers(port, readers)
    seconds = []
    with psycopg.connect(dbname=database.name, autocommit=True) as writer:
        for number in range(commits):
            value = 1_000 + number * 0.5
            began = time.monotonic()
            writer.execute(INSERT, ("2020-01-01T00:00:00Z", 2, value))
            seconds.append(clients.await_all(f'"value":{value:g},'.encode()) - began)
    return clients, seconds


def _requests(port, connections):
    """Answers a second, as wrk counts them."""
    output = subprocess.run(
        ["wrk", f"-c{connections}", "-t1", f"-d{SECONDS}s", f"http://127.0.0.1:{port}/v1/latest"],
        capture_output=True, text=True, check=True,
    ).stdout
    if "Non-2xx" in output:
        raise SystemExit(output)
    return float(re.search(r"Requests/sec:\s*([\d.]+)", output)[1])


def measure(options):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    database = Database("api")
    _fill(database)
    comparisons = []

    def alone(job, unit, values, goal):
        comparisons.append(Comparison(job, unit, None, None, Spread(tuple(values)), None, goal))

    with _ours(options, database) as (process, port):
        single, thousand, before = [], [], child.memory(process)["now"]
        for run in range(options.runs + 1):
            clients, seconds = _commit_to_event(database, port, 1, COMMITS)
            clients.close()
            single.append(sorted(seconds)[COMMITS // 2] * 1e3)
        clients, seconds = _commit_to_event(database, port, READERS, options.runs + 1)
        held = child.memory(process)
        clients.close()
        thousand = [value * 1e3 for value in seconds]
        alone(f"commit to event at one reader, median of {COMMITS}", "ms", single[1:], "< 20")
        alone(f"commit to event at the last of {READERS:,} readers", "ms", thousand[1:], "< 250")
        alone(f"memory with {READERS:,} readers", "MiB", [held["now"]], "< 100")
        alone("memory with none, before", "MiB", [before], "")

    with _ours(options, database) as (ours, our_port), _theirs(database) as (theirs, their_port):
        for connections in (1, 32):
            found = alternate(
                {"theirs": lambda: _requests(their_port, connections), "ours": lambda: _requests(our_port, connections)},
                options.runs,
            )
            comparisons.append(
                Comparison(
                    f"latest, {connections} connection{'s' if connections > 1 else ''}", "requests/s", PEER,
                    Spread(tuple(found["theirs"])), Spread(tuple(found["ours"])), Ratio.MORE, ">= 2x",
                )
            )
        for words, field, goal in (("resident", "now", "<= 0.5"), ("private", "private", "")):
            comparisons.append(
                Comparison(
                    f"{words} memory after that", "MiB", PEER, Spread((child.memory(theirs)[field],)),
                    Spread((child.memory(ours)[field],)), Ratio.SHARE, goal,
                )
            )
    database.drop()
    return comparisons
