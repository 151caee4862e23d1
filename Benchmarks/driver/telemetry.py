"""A file of meter readings to its table: ours over one and two connections beside psql's \\copy into the same table."""

import os
import pathlib
import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import child
from database import Database, Engine, engines
from measure import alternate, spread
from report import Comparison, Ratio, note

METERS = 200
ROWS = 500_000
PSQL, STAGED, ONE, TWO = "psql \\copy", "psql \\copy and INSERT … ON CONFLICT", "one connection", "two connections"
PHASES = ("a", "b", "c")
COLUMNS = [
    "time", "device_id", "frequency", "voltage_line_average", *(f"current_phase_{phase}" for phase in PHASES),
    "current_phase_average", *(f"power_phase_{phase}_active" for phase in PHASES), "power_total_active",
    "power_total_reactive", "power_total_apparent", "power_factor_total", "energy_imported_active",
    "energy_exported_active",
    *(f"energy_{way}_phase_{phase}_active" for phase in PHASES for way in ("imported", "exported")),
    *(f"energy_{way}_{kind}" for kind in ("reactive", "apparent") for way in ("imported", "exported")),
]


@dataclass(frozen=True)
class Import:
    # Rows a second, by the wall clock.
    rate: float
    # Processor seconds of the program and of the server's processes that served it.
    processor: float
    # MiB at its most.
    resident: float


def measure(options):
    file = _file(options.keep / f"meters-{ROWS}.csv")
    comparisons = []
    for engine in engines():
        if engine is not Engine.WEEKS:
            database = Database("telemetry", engine)
            comparisons += _compared(database, file, options)
            database.drop()
    return comparisons


def _file(path):
    """Every column of 200 meters every ten seconds, kept for the next run."""
    if path.exists():
        return path
    note(f"making {path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(7)
    meters = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(METERS)]
    making = path.with_suffix(".making")
    with making.open("w") as out:
        out.write(",".join(COLUMNS) + "\n")
        for row in range(ROWS):
            at = datetime(2026, 3, 1) + timedelta(seconds=10 * (row // METERS))
            load, energy = chance.random(), 1_000 + row / 1_000
            phases = [10 * load, 9 * load + 0.3, 8 * load + 1]
            power = sum(phases)
            values = [
                f"{50 + 0.1 * load:.3f}", f"{400 + 3 * load:.1f}", *(f"{2 * phase:.3f}" for phase in phases),
                f"{power / 1.5:.3f}", *(f"{phase:.3f}" for phase in phases), f"{power:.3f}", f"{load:.3f}",
                f"{1.05 * power:.3f}", f"{0.95 + 0.04 * load:.3f}", f"{energy:.2f}", f"{energy / 10:.2f}",
                *([f"{energy / 3:.2f}", "0"] * 3), f"{energy / 20:.2f}", f"{energy / 30:.2f}", f"{1.05 * energy:.2f}",
                f"{energy / 9:.2f}",
            ]
            out.write(f"{at:%Y-%m-%dT%H:%M:%SZ},{meters[row % METERS]},{','.join(values)}\n")
    making.rename(path)
    return path


def _served(database):
    """Processor seconds of all server processes that have ended: their parent has waited for them."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while database.connection.execute(others).fetchone()[0]:
        time.sleep(0.01)
    # It is no longer shown, and may not be gone.
    time.sleep(0.2)
    postmaster = pathlib.Path(os.environ["PGHOST"], "data", "postmaster.pid").read_text().split()[0]
    fields = pathlib.Path("/proc", postmaster, "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _compared(database, file, options):
    columns = ", ".join(f'"{column}"' for column in COLUMNS)
    copy = f"\\copy %s ({columns}) FROM '{file.resolve()}' WITH (FORMAT csv, HEADER)"
    table = "flux.mg_meter_readings"
    psql = ["psql", "-qX", "-v", "ON_ERROR_STOP=1"]
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-market")

    def ours(jobs):
        return [program, "import", str(file), "--table", "mg_meter_readings", "--jobs", str(jobs)]

    commands = {
        PSQL: [*psql, "-c", copy % table],
        STAGED: [
            *psql, "-c", f"CREATE TEMPORARY TABLE staged AS SELECT {columns} FROM {table} WHERE false",
            "-c", copy % "staged",
            "-c", f"INSERT INTO {table} ({columns}) SELECT {columns} FROM staged"
            " ON CONFLICT (device_id, time) DO NOTHING",
        ],
        ONE: ours(1),
        TWO: ours(2),
    }

    def job(way, is_new):
        def once():
            if is_new:
                database.connection.execute(f"TRUNCATE {table}")
            else:
                database.connection.execute(f"VACUUM (ANALYZE) {table}")
            database.connection.execute("CHECKPOINT")
            before = _served(database)
            cost = child.run(commands[way], database.environment)
            server = _served(database) - before
            (rows,) = database.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            if rows != ROWS:
                raise SystemExit(f"{way} left {rows} rows of {ROWS}")
            return Import(ROWS / cost.seconds, cost.processor + server, cost.resident)

        return once

    note(f"{database.engine}: {ROWS:,} meter readings, all new")
    fresh = alternate({way: job(way, True) for way in (PSQL, STAGED, ONE, TWO)}, options.runs)
    note(f"{database.engine}: {ROWS:,} meter readings, all there already")
    again = alternate({way: job(way, False) for way in (STAGED, ONE, TWO)}, options.runs)
    comparisons = []
    for samples, state, peers in ((fresh, "all new", (PSQL, STAGED)), (again, "all there already", (STAGED,))):
        for peer in peers:
            for way in (ONE, TWO):
                what = f"{database.engine}: {ROWS:,} meter readings, {state}, {way}"
                goal = {(PSQL, ONE): ">= 1", (PSQL, TWO): "> 1"}.get((peer, way), "")
                for quantity, unit, ratio_is, aim in (
                    ("rate", "rows/s", Ratio.MORE, goal),
                    ("processor", "processor seconds, server's too", Ratio.FASTER, ""),
                ):
                    comparisons.append(
                        Comparison(
                            what, unit, peer, spread(samples[peer], quantity), spread(samples[way], quantity), ratio_is,
                            aim,
                        )
                    )
    resident = spread(fresh[TWO], "resident")
    comparisons.append(Comparison(f"{database.engine}: the same", "MiB resident", None, None, resident, None, "64"))
    return comparisons
