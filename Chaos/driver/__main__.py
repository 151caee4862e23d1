"""Runs once and judges, or judges again what an earlier run left. scripts/chaos prepares what this needs."""

import argparse
import asyncio
import pathlib
import random
import shutil
import sys
import time

import run
import verdict
from commands import Failed

SHORT = 22


def main():
    arguments = argparse.ArgumentParser(prog="scripts/chaos", usage="scripts/chaos --help")
    arguments.add_argument("--program", type=pathlib.Path, required=True)
    arguments.add_argument("--minutes", type=float, default=5)
    arguments.add_argument("--short", action="store_true")
    arguments.add_argument("--seed", type=int)
    arguments.add_argument("--judge", type=pathlib.Path)
    options = arguments.parse_args()
    if options.minutes < 1:
        arguments.error("--minutes is at least 1; --short is less")
    if options.judge:
        sys.exit(0 if verdict.judge(options.judge) else 1)

    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    seconds = SHORT if options.short else round(options.minutes * 60)
    keep = run.REPOSITORY / ".build" / "chaos" / str(seed)
    shutil.rmtree(keep, ignore_errors=True)
    keep.mkdir(parents=True)
    started = time.monotonic()
    note(f"seed {seed}")
    try:
        asyncio.run(run.play(options.program.resolve(), seed, seconds, keep, note))
    except* (Failed, SystemExit) as failures:
        for failure in failures.exceptions:
            note(str(failure))
        ended(False, seed, keep, started)
    ended(verdict.judge(keep), seed, keep, started)


def ended(is_clean, seed, keep, started):
    seconds = time.monotonic() - started
    print(f"{'clean' if is_clean else 'NOT CLEAN'} after {seconds:.0f} s; seed {seed}; logs, ledger and journal are in {keep}")
    sys.exit(0 if is_clean else 1)


def note(text):
    print(f"chaos: {text}", file=sys.stderr, flush=True)


main()
