"""Compares the versions that the simulator published with those in the table."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby

SECOND = 1_000_000
# From the end of an answer to its arrival by the collector's clock, on a busy machine.
ARRIVAL = 3 * SECOND
# A reply is committed or on the spool's disk within this; a collector that is killed meanwhile takes it along.
IN_HAND = 5 * SECOND


@dataclass(frozen=True)
class Sighting:
    """One reply's value of one time of one signal."""

    # A row of it was observed between these.
    earliest: int
    latest: int
    value: float
    collector: str
    # Its collector was killed with the reply in hand.
    may_be_lost: bool


@dataclass(frozen=True)
class Row:
    """A row of flux.market_data_revisions."""

    created_at: int
    value: float


@dataclass
class Findings:
    expected: int = 0
    present: int = 0
    # Lists of (signal, time, value, instant): the version's first sighting, or the row's created_at.
    excused: list = field(default_factory=list)
    overtaken: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    late: list = field(default_factory=list)
    doubled: list = field(default_factory=list)
    invented: list = field(default_factory=list)

    @property
    def is_clean(self):
        return not (self.missing or self.late or self.doubled or self.invented)


def sightings(requests, kills, stops):
    """By (signal, time), in the order of the requests.

    :param kills: (collector, instant) of each SIGKILL.
    :param stops: (collector, from, to) of each SIGSTOP and its SIGCONT.
    """
    found = defaultdict(list)
    for request in sorted(requests, key=lambda request: request.at):
        latest = request.ended + ARRIVAL
        for collector, stopped, continued in stops:
            # What it has not read by then it reads afterwards.
            if collector == request.collector and stopped <= latest and request.at <= continued:
                latest = max(latest, continued + ARRIVAL)
        may_be_lost = any(
            collector == request.collector and request.at <= killed <= max(request.ended + IN_HAND, latest)
            for collector, killed in kills)
        for key, value in request.values.items():
            found[key].append(Sighting(request.at, latest, value, request.collector, may_be_lost))
    return found


def compare(sightings, rows):
    """:param rows: by (signal, time), oldest first, no two neighbours alike."""
    findings = Findings()
    for key in sorted(sightings.keys() | rows.keys()):
        _compare(key, sightings.get(key, []), rows.get(key, []), findings)
    return findings


def _compare(key, sightings, rows, findings):
    for row in rows:
        same = [sighting for sighting in sightings if sighting.value == row.value]
        if not same:
            findings.invented.append((*key, row.value, row.created_at))
        elif not any(sighting.earliest <= row.created_at <= sighting.latest for sighting in same):
            findings.doubled.append((*key, row.value, row.created_at))
    runs = [list(run) for _, run in groupby(sightings, key=lambda sighting: sighting.value)]
    for index, run in enumerate(runs):
        value = run[0].value
        findings.expected += 1
        # Whoever saw it first and lived has it; who saw it later found it there.
        certain = next((sighting for sighting in run if not sighting.may_be_lost), None)
        version = (*key, value, run[0].earliest)
        if _is_in_force(rows, value, run[0].earliest, (certain or run[-1]).latest):
            findings.present += 1
        elif certain is None:
            findings.excused.append(version)
        elif any(row.value == value and row.created_at > certain.latest for row in rows):
            findings.late.append(version)
        elif _is_confirmation(run, runs[:index]) and index < len(runs) - 1:
            findings.overtaken.append(version)
        else:
            findings.missing.append(version)


def _is_confirmation(run, before):
    """Whether it repeats what was known, but for what others alone saw in between and loaded later.

    A reply that changes nothing leaves no row. When the older one of another collector comes in, the window is asked
    for again at once, and by then may say something newer.
    """
    collectors = {sighting.collector for sighting in run}
    for earlier in reversed(before):
        if earlier[0].value == run[0].value:
            return True
        if collectors & {sighting.collector for sighting in earlier}:
            return False
    return False


def _is_in_force(rows, value, since, until):
    """Whether at some instant of these the table says so."""
    first = max(0, bisect_right(rows, since, key=lambda row: row.created_at) - 1)
    return any(row.value == value for row in rows[first:] if row.created_at <= until)
