"""What a collector costs that has nothing to do: all feeds scheduled, none due."""

import os
import signal
import subprocess
import time
from datetime import date, timedelta

import child
import website
from database import Database
from measure import Spread
from report import Comparison

SECONDS = 60


def measure(options):
    database = Database("idle")
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-market")
    with website.simulator(date.today() + timedelta(days=1)) as variables:
        environment = {**os.environ, **variables, **database.environment}
        environment["FLUX_STATE_DIR"] = os.path.join(options.keep, "idle-state")
        environment["FLUX_LOG_LEVEL"] = "warning"
        process = subprocess.Popen([program, "collect", "--health", "127.0.0.1:0"], env=environment)
        try:
            # The first rounds, a whole history among them, are over by then.
            time.sleep(20)
            before = _processor_seconds(process.pid)
            began = time.monotonic()
            time.sleep(SECONDS)
            share = (_processor_seconds(process.pid) - before) / (time.monotonic() - began)
            memory = child.memory(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            process.wait(15)
            ended = time.monotonic() - began
    database.drop()

    def one(words, unit, value, goal):
        return Comparison(f"collector, idle: {words}", unit, None, None, Spread((value,)), None, goal)

    return [
        one("resident memory", "MiB", memory["now"], "< 64"),
        one("resident memory at its most, a whole history among the first rounds", "MiB", memory["resident"], ""),
        one("private memory", "MiB", memory["private"], "< 20"),
        one(f"share of a core over {SECONDS} s", "%", share * 100, "< 0.1"),
        one("SIGTERM to its end", "s", ended, "< 10"),
    ]


def _processor_seconds(process):
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
