"""Measures one subject or all, prints a table and writes the figures. scripts/benchmark prepares what this needs."""

import argparse
import pathlib

import api
import decode
import desk
import growth
import idle
import latency
import load
import memory
import pipeline
import report
import telemetry
from conditions import conditions

SUBJECTS = {
    "decode": decode.measure, "load": load.measure, "pipeline": pipeline.measure, "memory": memory.measure,
    "latency": latency.measure, "growth": growth.measure, "idle": idle.measure, "import": telemetry.measure,
    "api": api.measure, "desk": desk.measure,
}


def main():
    arguments = argparse.ArgumentParser(prog="scripts/benchmark", usage="scripts/benchmark --help")
    arguments.add_argument("subject", choices=[*SUBJECTS, "all"])
    arguments.add_argument("--keep", type=pathlib.Path, required=True)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--days", type=int, default=3650)
    arguments.add_argument("--json", type=pathlib.Path, default=pathlib.Path(".build/benchmark.json"))
    options = arguments.parse_args()
    if options.runs < 1 or options.days < 1:
        arguments.error("--runs and --days are at least 1")

    found = {}
    circumstances = conditions(options.runs)
    for name in SUBJECTS if options.subject == "all" else [options.subject]:
        report.note(name)
        found[name] = SUBJECTS[name](options)
        print(report.table(found[name]), flush=True)
        report.write(options.json, circumstances, found)


main()
