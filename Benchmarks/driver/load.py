"""Observations to committed rows on one connection: ours beside COPY, one plain statement, and a row at a time."""

import json
import os
import pathlib
from dataclasses import dataclass

import child
from database import Database, Engine, engines
from measure import Spread, alternate, spread
from report import Comparison, Direction

ROWS = 350_400
COPY, RANGE, ROW_BY_ROW, OURS = "COPY BINARY, no history", "one statement", "row by row", "ours"
WAYS = {
    COPY: ["copy"],
    RANGE: ["function", "--name", "benchmark.load_range"],
    ROW_BY_ROW: ["function", "--name", "benchmark.load_row_by_row"],
    OURS: ["loader"],
}


@dataclass(frozen=True)
class Load:
    """Of one run."""

    """Rows a second, by the wall clock."""
    rate: float
    """Processor microseconds a row of the server's process."""
    server: float
    """Milliseconds, the median."""
    call: float
    percentile_99: float


def load(database, way, *options):
    """Runs one way of `flux-benchmark load` on a database."""
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-benchmark")
    told = json.loads(child.run([program, "load", *WAYS[way], *map(str, options)], database.environment).output)
    return Load(
        told["rows"] / told["seconds"], told["server_seconds"] / told["rows"] * 1e6, told["median_call"] * 1e3,
        told["percentile_99"] * 1e3,
    )


def make(name, engine):
    """A database with the peers' functions."""
    database = Database(name, engine)
    database.connection.execute("CREATE SCHEMA benchmark")
    for file in sorted((pathlib.Path(__file__).parents[1] / "sql").glob("*.sql")):
        database.connection.execute(file.read_text())
    return database


def measure(options):
    comparisons = []
    for engine in engines():
        database = make("load", engine)
        comparisons += _all_new(database, options)
        comparisons += _replay(database, options, revisions=1)
        comparisons += _scattered(database)
        comparisons += _replay(database, options, revisions=3)
        database.drop()
    return comparisons


def _peers(engine, is_new):
    """A row at a time on 7-day chunks, as upstream deploys it, is what that table is for."""
    peers = [COPY] if is_new else []
    return peers + [RANGE, ROW_BY_ROW]


def _goal(engine, peer, kind):
    if peer == ROW_BY_ROW and kind in ("new", 1):
        new, replay = (">= 16", ">= 60") if engine is Engine.WEEKS else (">= 4", ">= 6")
        return new if kind == "new" else replay
    if engine is Engine.WEEKS:
        return ""
    return {(COPY, "new"): ">= 0.9", (RANGE, 1): ">= 2", (RANGE, 3): ">= 1.5"}.get((peer, kind), "")


def _compared(database, job, kind, samples):
    comparisons = []
    for peer in samples:
        if peer == OURS:
            continue
        for quantity, unit, direction in (
            ("rate", "rows/s", Direction.TIMES_THE_RATE), ("server", "server's µs a row", Direction.TIMES_FASTER),
        ):
            goal = _goal(database.engine, peer, kind) if quantity == "rate" else ""
            comparisons.append(
                Comparison(
                    f"{database.engine}: {job}", unit, peer, spread(samples[peer], quantity),
                    spread(samples[OURS], quantity), direction, goal,
                )
            )
    return comparisons


def _all_new(database, options):
    def job(way):
        def once():
            database.empty()
            sample = load(database, way)
            if database.rows() != ROWS:
                raise SystemExit(f"{way} left {database.rows()} rows of {ROWS}")
            return sample

        return once

    samples = alternate({way: job(way) for way in (*_peers(database.engine, True), OURS)}, options.runs)
    return _compared(database, f"{ROWS:,} rows, all new", "new", samples)


def _fill(database, revisions):
    database.empty()
    for revision in range(1, revisions + 1):
        load(database, COPY, "--revision", revision)
    database.settle()


def _replay(database, options, revisions):
    _fill(database, revisions)

    def job(way):
        def once():
            sample = load(database, way, "--revision", revisions)
            if database.rows() != ROWS * revisions:
                raise SystemExit(f"{way} added {database.rows() - ROWS * revisions} rows to those that it replayed")
            return sample

        return once

    samples = alternate({way: job(way) for way in (*_peers(database.engine, False), OURS)}, options.runs)
    words = "one revision" if revisions == 1 else f"{revisions} revisions"
    return _compared(database, f"{ROWS:,} rows, replay, {words} a key", revisions, samples)


def _scattered(database):
    """Milliseconds a call, of what the table holds already: the prepared function alone, and the whole loader."""
    comparisons = []
    for count in (2, 10, 100):
        for words, way in (("function alone", ["function"]), ("loader", ["loader"])):
            WAYS.setdefault(words, way)
            sample = load(database, words, "--batch", count, "--scattered", 300)
            comparisons.append(
                Comparison(
                    f"{database.engine}: {count} rows anywhere in ten years, replay, {words}", "ms a call", None, None,
                    Spread((sample.call,)), None, "<= 0.5" if way == ["function"] else "",
                )
            )
    return comparisons
