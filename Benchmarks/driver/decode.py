"""Replies to observations, beside the fastest way from Python to objects."""

import json
import os
import pathlib
import shutil
import sys

import child
from measure import Spread, alternate
from report import Comparison, Ratio

# What each sample is, and its peer.
KINDS = {
    "elexon-system-price": ("a 34 kB reply of Insights", "orjson"),
    "elexon-system-price.18-decimals": ("the same with 18 decimals", "orjson"),
    "modo-niv-live": ("a page of Modo", "orjson"),
    "elexon-portal-best-view": ("a CSV of the Portal, all years", "csv"),
    "elexon-portal-market-index": ("a CSV of the Portal, one year", "csv"),
}


def measure(options):
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-benchmark")
    samples = pathlib.Path(options.keep, "replies")
    shutil.rmtree(samples, ignore_errors=True)
    child.run([program, "samples", "--into", samples])
    peer = pathlib.Path(__file__).parents[1] / "peers" / "decode.py"
    # Each side takes the median of its own rounds.
    found = alternate(
        {
            "peer": lambda: _rates(child.run([sys.executable, peer, "--files", samples, "--rounds", "3"])),
            "ours": lambda: _rates(child.run([program, "decode", "--files", samples, "--rounds", "3"])),
        },
        options.runs,
    )
    return [
        Comparison(
            f"decoding {words}", "MB/s", peer_name, _of(found["peer"], kind), _of(found["ours"], kind),
            Ratio.MORE, ">= 1,000 MB/s and >= 1" if peer_name == "orjson" else ">= 1,000 MB/s",
        )
        for kind, (words, peer_name) in KINDS.items()
    ]


def _rates(cost):
    lines = [json.loads(line) for line in cost.output.splitlines()]
    return {line["what"].removeprefix("decode "): line["bytes"] / line["seconds"] / 1e6 for line in lines}


def _of(runs, kind):
    return Spread(tuple(rates[kind] for rates in runs))
