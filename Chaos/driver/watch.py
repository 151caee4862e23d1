"""Looks once a second who holds each host, and whether the collectors live."""

import asyncio
import json

from commands import Failed
from journal import now

SECOND = 1_000_000
LONGEST_UNHELD = 20 * SECOND

_HOLDERS = """
SELECT host, holder, holder IS NOT NULL AND expires_at > clock_timestamp() FROM flux_ops.host
"""


async def watch(pair, collectors, journal, path):
    """Until it is cancelled: appends {"at", "database", "able", "hosts": {host: [holder, is held]}} to the file."""
    has_leases = bool(await pair.primary.query("SELECT 1 FROM pg_tables WHERE tablename = 'host'", database="flux"))
    with open(path, "a", buffering=1) as file:
        while True:
            await asyncio.sleep(1)
            for collector in collectors:
                if not collector.is_running and not collector.lock.locked():
                    journal.note("failure", what=f"collector {collector.name} ended by itself")
                    await collector.start()
            if has_leases:
                file.write(json.dumps(await _sample(pair, collectors)) + "\n")


async def _sample(pair, collectors):
    sample = {"at": now(), "able": [one.name for one in collectors if one.is_able], "database": False, "hosts": {}}
    if pair.is_up:
        try:
            rows = await pair.primary.query(_HOLDERS, database="flux", patience=10)
            sample["hosts"] = {host: [holder, held == "t"] for host, holder, held in rows}
            sample["database"] = pair.is_up
        except Failed:
            pass
    return sample


def unheld(samples):
    """The longest time that nobody held a host while one and the same collector could have, by host, microseconds."""
    longest, since = {}, {}
    for sample in samples:
        for host, (_, is_held) in sample["hosts"].items():
            begun = since.setdefault(host, {})
            for collector in list(begun):
                if is_held or collector not in sample["able"]:
                    del begun[collector]
            if not is_held:
                for collector in sample["able"]:
                    begun.setdefault(collector, sample["at"])
                longest[host] = max([longest.get(host, 0), *(sample["at"] - at for at in begun.values())])
            longest.setdefault(host, 0)
        if not sample["database"]:
            since = {}
    return longest


def takeovers(requests, kills, stops):
    """From a collector's end to the other's next call of a host that it had asked last, in microseconds.

    Seen in the ledger, so with the wait for the host's next round; where the collector came back first, none.
    """
    found = []
    by_host = {}
    for request in sorted(requests, key=lambda request: request.at):
        by_host.setdefault(request.host, []).append(request)
    for collector, at in kills + [(collector, begin) for collector, begin, _ in stops]:
        for asked in by_host.values():
            before = [request for request in asked if request.at <= at]
            after = next((request for request in asked if request.at > at), None)
            if before and after and before[-1].collector == collector != after.collector:
                found.append(after.at - at)
    return sorted(found)
