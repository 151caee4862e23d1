"""Where and with what it was measured."""

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from importlib.metadata import version

import psycopg


def conditions(runs):
    with psycopg.connect() as server:
        postgres = server.execute("SELECT split_part(current_setting('server_version'), ' ', 1)").fetchone()[0]
        timescale = server.execute(
            "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'"
            " AND current_setting('shared_preload_libraries') LIKE '%timescaledb%'"
        ).fetchone()
    with open("/proc/cpuinfo") as file:
        models = re.findall(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    peers = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "orjson", "psycopg"))
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores of {models[0] if models else platform.machine()}, {memory:.0f} GiB",
        "load average at the start": f"{os.getloadavg()[0]:.2f}",
        "database": f"PostgreSQL {postgres}" + (f", TimescaleDB {timescale[0]}" if timescale else ""),
        "compiler": _first_line("swift", "--version"),
        "peers": f"Python {platform.python_version()}, {peers}, {_first_line('nginx', '-v')}",
        "commit": _first_line("git", "describe", "--always", "--dirty"),
        "runs": f"medians of {runs}, least and most in brackets, after one run that is not counted; each pair of runs"
        " gives one ratio",
    }


def _first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return (done.stdout or done.stderr).strip().split("\n")[0]
