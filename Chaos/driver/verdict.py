"""Reads what a run left, and says what came of it."""

import collections
import datetime
import json

import dispatch
import feedfiles
import journal
import ledger
import limits
import versions
import watch
from versions import Row

_MOST_LINES = 5


def judge(keep):
    """Prints the counts; returns a line for everything that is wrong."""
    feeds, hosts = feedfiles.feeds(keep / "feeds"), feedfiles.hosts(keep / "feeds")
    entries = journal.read(keep / "journal.jsonl")
    requests = list(ledger.read(keep / "ledger.jsonl", feeds))
    table = json.loads((keep / "table.json").read_text())
    kills = [(entry["collector"], entry["at"]) for entry in entries if entry["kind"] == "killed"]
    stops = [(entry["collector"], entry["at"], entry["until"]) for entry in entries if entry["kind"] == "stopped"]

    rows, levels = collections.defaultdict(list), []
    for signal, time, value, created_at in table["revisions"]:
        if signal == "axle_dispatch":
            levels.append((time, ledger.real(value), created_at))
        else:
            rows[signal, time].append(Row(created_at, ledger.real(value)))
    findings = versions.compare(versions.sightings(requests, kills, stops), rows)
    excesses = limits.excesses(requests, hosts, _partitions(entries))
    unheld = watch.unheld(_samples(keep))

    _print_counts(entries, requests, findings, table["doubles"])
    _print_takeovers(watch.takeovers(requests, kills, stops), unheld)
    wrong = [entry["what"] for entry in entries if entry["kind"] == "failure"]
    wrong += dispatch.check(requests, levels, _maxima())[:_MOST_LINES]
    if table["doubles"]:
        wrong.append(f"{table['doubles']} rows are in the table twice")
    for kind in ("missing", "late", "doubled", "invented"):
        wrong += _told(kind, getattr(findings, kind))
    for excess in excesses:
        line = (f"{excess.host}: {excess.calls} calls in {excess.span} s until {_time(excess.at)},"
                f" {excess.allowed} allowed")
        if excess.is_apart:
            print(f"beyond the limit while one collector was cut off: {line}")
        else:
            wrong.append(line)
    wrong += [f"{host}: nobody held it for {longest / 1e6:.1f} s"
              for host, longest in unheld.items() if longest > watch.LONGEST_UNHELD]
    return wrong


def _partitions(entries):
    """When one collector alone could not see the database."""
    return [(entry["at"], entry["until"]) for entry in entries
            if entry["kind"] in ("connections refused", "connections silent") and len(entry["collectors"]) == 1]


def _samples(keep):
    path = keep / "samples.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _maxima():
    """Of the simulator's batteries: Sources/Simulator/SimulatorEnvironment.swift."""
    return {"battery-1": 100.0, "battery-2": 2500.0}


def _print_counts(entries, requests, findings, doubles):
    done = collections.Counter(entry["kind"] for entry in entries)
    for kind in ("faults begin", "faults end", "converged", "ended", "failure"):
        done.pop(kind, None)
    print("faults      " + _counted(done))
    print("in replies  " + _counted(collections.Counter(
        request.fault.split("=")[0] for request in requests if request.fault)))
    print("requests    " + _counted(collections.Counter(request.host for request in requests))
          + f"; refused beyond a limit {sum(request.is_limited for request in requests)}")
    print(f"versions    expected {findings.expected}, present {findings.present}, missing {len(findings.missing)},"
          f" late {len(findings.late)}, excused {len(findings.excused)} (killed with the reply in hand, and no later"
          f" reply said it),\n            overtaken {len(findings.overtaken)} (confirmed what another collector's late"
          f" reply had replaced); doubled {len(findings.doubled)}, invented {len(findings.invented)},"
          f" rows twice {doubles}")


def _print_takeovers(takeovers, unheld):
    if takeovers:
        print(f"takeovers   {len(takeovers)}, until the other asked: median"
              f" {takeovers[len(takeovers) // 2] / 1e6:.1f} s, longest {takeovers[-1] / 1e6:.1f} s")
    if unheld:
        print("unheld      " + ", ".join(f"{host} {longest / 1e6:.1f} s" for host, longest in sorted(unheld.items()))
              + " at the longest, while a collector could have held it")


def _counted(counts):
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())) or "none"


def _told(kind, found):
    lines = [f"{kind}: {signal} of {_time(time)}, {value} of {_time(at)}" for signal, time, value, at in found]
    return lines[:_MOST_LINES] + ([f"{kind}: {len(lines)} in all"] if len(lines) > _MOST_LINES else [])


def _time(microseconds):
    instant = datetime.datetime.fromtimestamp(microseconds / 1e6, datetime.timezone.utc)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
