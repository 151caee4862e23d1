"""Ten years of system prices over HTTP into the table: all new, and once more with nothing changed."""

import os
import pathlib
import sys

import child
import website
from database import Database
from measure import alternate, spread
from report import Comparison, Ratio

PEER = "aiohttp, orjson, COPY"
ONE, USUAL = "one connection", "as it is run: a second connection where it helps"


def backfill(database, days, variables, *options):
    """Ours, as a user runs it."""
    return child.run(
        [
            os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-market"), "backfill", "elexon-system-price",
            "--from", website.FIRST_DAY.isoformat(), "--to", website.last_day(days).isoformat(), "--refetch", *options,
        ],
        {**variables, **database.environment},
    )


def _peer(database, days, address):
    program = pathlib.Path(__file__).parents[1] / "peers" / "pipeline.py"
    return child.run(
        [sys.executable, program, address, website.FIRST_DAY.isoformat(), website.last_day(days).isoformat()],
        database.environment,
    )


def measure(options):
    folder = website.recorded(options.keep, options.days)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    theirs, ours, usual = Database("pipeline_peer"), Database("pipeline_ours"), Database("pipeline_usual")
    with website.nginx(folder) as address:
        variables = {"FLUX_HOST_ELEXON_URL": address, "FLUX_HOST_ELEXON_RATE": "unlimited"}
        sides = {
            PEER: (theirs, lambda: _peer(theirs, options.days, address)),
            ONE: (ours, lambda: backfill(ours, options.days, variables, "--connections", "1")),
            USUAL: (usual, lambda: backfill(usual, options.days, variables)),
        }

        def job(database, program, is_new):
            def once():
                (database.empty if is_new else database.settle)()
                rows = database.rows()
                cost = program()
                if (database.rows() == rows) == is_new:
                    raise SystemExit(f"{database.name}: {rows} rows before and {database.rows()} after, which is wrong")
                return cost

            return once

        comparisons = []
        for is_new in (True, False):
            samples = alternate(
                {name: job(database, program, is_new) for name, (database, program) in sides.items()}, options.runs
            )
            if not theirs.contents() == ours.contents() == usual.contents():
                raise SystemExit(f"the tables differ: {theirs.contents()}, {ours.contents()}, {usual.contents()}")
            what = f"{options.days} replies, {size:.0f} MB, {ours.rows():,} rows"
            comparisons += _compared(samples, is_new, what, ONE) + _compared(samples, is_new, what, USUAL)
    for database in (theirs, ours, usual):
        database.drop()
    return comparisons


def _compared(samples, is_new, what, way):
    job = f"{what}: {'all new' if is_new else 'nothing changed'}, {way}"

    def compare(quantity, unit, goal, ratio_is=Ratio.FASTER):
        return Comparison(
            job, unit, PEER, spread(samples[PEER], quantity), spread(samples[way], quantity), ratio_is, goal
        )

    return [
        compare("seconds", "seconds", ">= 2" if is_new else ">= 5"),
        compare("processor", "own processor seconds", "<= 0.2", Ratio.SHARE),
        compare("resident", "MiB resident", "ours < 64 MiB", Ratio.SHARE),
        compare("private", "MiB private", "ours < 20 MiB", Ratio.SHARE),
    ]
