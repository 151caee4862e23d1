"""Decodes the sample replies as most programs would: JSON by orjson, CSV by Python's own csv module.

Only to objects; no observation is made of them. Prints the same lines as `flux-benchmark decode`.
"""

import argparse
import csv
import io
import json
import os
import pathlib
import time

import orjson


def median_seconds(work, rounds, least=0.05):
    """Seconds a call of this thread's processor time: each round long enough to be measured, the median of them."""
    calls = 1
    while True:
        start = time.thread_time()
        for _ in range(calls):
            work()
        seconds = time.thread_time() - start
        if seconds >= least:
            break
        calls = max(calls + 1, int(calls * least / seconds * 1.1)) if seconds > 0 else calls * 10
    taken = []
    for _ in range(rounds):
        start = time.thread_time()
        for _ in range(calls):
            work()
        taken.append((time.thread_time() - start) / calls)
    return sorted(taken)[rounds // 2]


def read_csv(body):
    return list(csv.reader(io.StringIO(body.decode("latin-1"), newline="")))


def kinds(files):
    """Each kind's name and the paths of its replies."""
    for folder in sorted(path for path in pathlib.Path(files).iterdir() if path.is_dir()):
        yield folder.name, sorted(folder.iterdir())
    if recorded := os.environ.get("FLUX_RECORDED_DIR"):
        for feed, mark in (("elexon-portal-best-view", "system-prices"), ("elexon-portal-market-index", "market-index")):
            if paths := sorted(pathlib.Path(recorded).glob(f"*portal-{mark}*.csv")):
                yield f"{feed}.recorded", paths


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    for name, paths in kinds(arguments.files):
        if arguments.only not in name:
            continue
        bodies = [path.read_bytes() for path in paths]
        read = orjson.loads if paths[0].suffix == ".json" else read_csv

        def work():
            for body in bodies:
                read(body)

        seconds = median_seconds(work, arguments.rounds)
        size = sum(map(len, bodies))
        rate = round(size / seconds / 1e6)
        print(
            json.dumps({"what": f"decode {name}", "bytes": size, "seconds": seconds, "megabytes_per_second": rate}),
            flush=True,
        )


if __name__ == "__main__":
    main()
