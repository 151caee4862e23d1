"""Observations to committed rows on one connection: ours beside COPY, one plain statement, and a row at a time."""

import json
import os
import pathlib
from dataclasses import dataclass

import child
from database import Database, Engine, engines
from measure import Spread, alternate, spread
from report import Comparison, Ratio, note

ROWS = 350_400
COPY, RANGE, ROW_BY_ROW = "COPY BINARY, no history", "one statement", "row by row"
OURS, FUNCTION = "ours", "our function alone"
WAYS = {
    COPY: ["copy"],
    RANGE: ["function", "--name", "benchmark.load_range"],
    ROW_BY_ROW: ["function", "--name", "benchmark.load_row_by_row"],
    OURS: ["loader"],
    FUNCTION: ["function"],
}


@dataclass(frozen=True)
class Load:
    # Rows a second, by the wall clock.
    rate: float
    # Processor microseconds a row, of the server's process.
    server: float
    # Milliseconds, the median.
    call: float


def load(database, way, *options):
    """Runs one way of `flux-benchmark load` on a database."""
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-benchmark")
    told = json.loads(child.run([program, "load", *WAYS[way], *map(str, options)], database.environment).output)
    return Load(
        told["rows"] / told["seconds"], told["server_seconds"] / told["rows"] * 1e6, told["median_call"] * 1e3
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


def _peers(kind):
    """Those with something to show: COPY replays nothing, and a row at a time takes minutes."""
    return {"new": [COPY, RANGE, ROW_BY_ROW], 1: [RANGE, ROW_BY_ROW], 3: [RANGE]}[kind]


def _goal(engine, peer, kind):
    if peer == ROW_BY_ROW and kind in ("new", 1):
        new, replay = (">= 16", ">= 60") if engine is Engine.WEEKS else (">= 4", ">= 6")
        return new if kind == "new" else replay
    if engine is Engine.WEEKS:
        return ""
    return {(COPY, "new"): ">= 0.9", (RANGE, 1): ">= 2", (RANGE, 3): ">= 1.5"}.get((peer, kind), "")


def _compared(database, job, kind, samples):
    """Our whole loader beside each peer, and our function alone: that is all that the peers' are."""
    comparisons = []
    for ours in (OURS, FUNCTION):
        for peer in (peer for peer in samples if peer not in (OURS, FUNCTION)):
            for quantity, unit, ratio_is in (
                ("rate", "rows/s", Ratio.MORE), ("server", "server's µs a row", Ratio.FASTER),
            ):
                comparisons.append(
                    Comparison(
                        f"{database.engine}: {job}" + (", the function alone" if ours == FUNCTION else ""), unit, peer,
                        spread(samples[peer], quantity), spread(samples[ours], quantity), ratio_is,
                        _goal(database.engine, peer, kind) if quantity == "rate" else "",
                    )
                )
    return comparisons


def _all_new(database, options):
    """Each run in a database of its own: where hundreds of chunks were dropped a moment ago, the file system is slow to
    make new ones. They go with the server.
    """
    used = []

    def job(way):
        def once():
            used.append(database.copied(f"load_{database.engine.name.lower()}_{len(used)}"))
            sample = load(used[-1], way)
            if used[-1].rows() != ROWS:
                raise SystemExit(f"{way} left {used[-1].rows()} rows of {ROWS}")
            return sample

        return once

    what = f"{ROWS:,} rows, all new"
    note(f"{database.engine}: {what}")
    samples = alternate({way: job(way) for way in (*_peers("new"), OURS, FUNCTION)}, options.runs)
    for one in used:
        one.connection.close()
    return _compared(database, what, "new", samples)


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

    what = f"{ROWS:,} rows, replay, {'one revision' if revisions == 1 else f'{revisions} revisions'} a key"
    note(f"{database.engine}: {what}")
    samples = alternate({way: job(way) for way in (*_peers(revisions), OURS, FUNCTION)}, options.runs)
    return _compared(database, what, revisions, samples)


def _scattered(database):
    """Milliseconds a call, of what the table holds already: the prepared function alone, and the whole loader."""
    return [
        Comparison(
            f"{database.engine}: {count} rows anywhere in ten years, replay, {words}", "ms a call", None, None,
            Spread((load(database, way, "--batch", count, "--scattered", 300).call,)), None, goal,
        )
        for count in (2, 10, 100)
        for words, way, goal in (("the function alone", FUNCTION, "<= 0.5"), ("the loader", OURS, ""))
    ]
