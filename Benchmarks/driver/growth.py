"""The load rate beside what is stored already."""

from database import Engine, engines
from load import COPY, OURS, load, make
from measure import alternate, spread
from report import Comparison, Ratio, note

STORED = (10**5, 10**6, 10**7)
ROWS = 100_000
# What is loaded lies after all that is stored.
BEGINS, UNTIL = "2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z"

# Half hours of four signals, seven revisions each: an hour, four hours, … after it. Newest first, as a backfill loads.
FILL = f"""
INSERT INTO flux.market_data ("time", type, value, created_at)
SELECT at, type, (random() * 100)::real, at + revision * revision * interval '1 hour'
FROM (SELECT timestamptz '{BEGINS}' - n * interval '30 minutes' AS at FROM generate_series(1, %s::int) n) half_hours,
  unnest(ARRAY[1, 2, 3, 101]) type, generate_series(1, 7) revision
ORDER BY at DESC
"""


def measure(options):
    deployed_by_us = [engine for engine in engines() if engine is not Engine.WEEKS]
    return [one for engine in deployed_by_us for stored in STORED for one in _at(engine, stored, options)]


def _at(engine, stored, options):
    note(f"{engine}: {stored:,} rows stored")
    database = make("growth", engine)
    database.connection.execute(FILL % (stored // 28))
    database.settle()
    filled = database.rows()

    def new(way):
        def once():
            database.connection.execute(f"DELETE FROM flux.market_data WHERE \"time\" >= '{BEGINS}'")
            database.settle()
            return load(database, way, "--rows", ROWS, "--until", UNTIL)

        return once

    def replay():
        sample = load(database, OURS, "--rows", ROWS, "--until", UNTIL)
        if database.rows() != filled + ROWS:
            raise SystemExit(f"{database.rows() - filled - ROWS} rows too many after a replay")
        return sample

    fresh = alternate({COPY: new(COPY), OURS: new(OURS)}, options.runs)
    again = alternate({OURS: replay}, options.runs)
    database.drop()
    job = f"{engine}: {ROWS:,} rows beside {stored:,} stored"
    comparisons = []
    for quantity, unit, ratio_is in (
        ("rate", "rows/s", Ratio.MORE), ("server", "server's µs a row", Ratio.FASTER),
    ):
        comparisons += [
            Comparison(
                f"{job}, all new", unit, COPY, spread(fresh[COPY], quantity), spread(fresh[OURS], quantity), ratio_is
            ),
            Comparison(f"{job}, replay", unit, None, None, spread(again[OURS], quantity), None),
        ]
    return comparisons
