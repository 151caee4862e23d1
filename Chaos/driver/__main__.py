"""Runs once and judges, or judges again what an earlier run left. scripts/chaos prepares what this needs."""

import argparse
import asyncio
import logging
import pathlib
import random
import shutil
import signal
import sys
import time

import run
import verdict
from commands import Failed

# Seconds of faults in a run that is to end within a minute.
SHORT = 18


def main():
    # Writing to connections that were cut a moment ago is what we are here for.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
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
        sys.exit(0 if is_clean(options.judge) else 1)

    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    seconds = SHORT if options.short else round(options.minutes * 60)
    keep = run.REPOSITORY / ".build" / "chaos" / str(seed)
    shutil.rmtree(keep, ignore_errors=True)
    keep.mkdir(parents=True)
    started = time.monotonic()
    note(f"seed {seed}")
    came_through = False
    try:
        asyncio.run(until_told(run.play(options.program.resolve(), seed, seconds, keep, note)))
        came_through = is_clean(keep)
    except* asyncio.CancelledError:
        note("broken off")
    except* Failed as failures:
        for failure in failures.exceptions:
            note(str(failure))
    print(f"{'clean' if came_through else 'NOT CLEAN'} after {time.monotonic() - started:.0f} s; seed {seed}; "
          f"logs, ledger and journal are in {keep}")
    sys.exit(0 if came_through else 1)


async def until_told(work):
    """Broken off by a signal too it stops what it started, and takes its folders away."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asyncio.current_task().cancel)
    await work


def is_clean(keep):
    wrong = verdict.judge(keep)
    for line in wrong:
        print(f"WRONG  {line}")
    return not wrong


def note(text):
    print(f"chaos: {text}", file=sys.stderr, flush=True)


main()
