"""The repository's feed files: read for what they yield, and copied with faster schedules."""

import math
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Feed:
    """What a feed's file says about turning a reply into values."""

    id: str
    host: str
    # What the path of its requests begins with, after the host's base.
    path: str
    # Field to the signal's name and the scale.
    values: dict
    # The fields (over, weight) where several records make up one value.
    mean: tuple | None
    # Records, or a battery's schedule.
    is_schedule: bool
    # How many requests a round makes, at most.
    calls: int


@dataclass(frozen=True)
class Host:
    id: str
    # Calls a minute.
    rate: int
    is_strict: bool
    # Calls of one round of all its feeds.
    live_round: int

    @property
    def burst(self):
        """Calls that may begin at once after a rest: Sources/Intake/HostBudget.swift."""
        worth = self.rate // 60
        return worth + self.live_round if worth > 1 and not self.is_strict else 1


def feeds(folder):
    return [_feed(path) for path in sorted(folder.glob("*.yaml")) if path.stem != "hosts"]


def _feed(path):
    text = path.read_text()
    values = {}
    for line in re.findall(r"^  - \{(.*?)\}", text, re.MULTILINE):
        entry = dict(re.findall(r"(\w+): ([^,{}]+?)\s*(?:,|$)", line))
        values[entry["field"]] = (entry["signal"], float(entry.get("scale", 1)))
    mean = re.search(r"^mean: \{ over: (.*), weight: (.*) \}", text, re.MULTILINE)
    return Feed(
        id=path.stem, host=_line("host", text), path=re.search(r"path: \"?([^\"{}\s]*)", text)[1], values=values,
        mean=mean.groups() if mean else None, is_schedule="\nadapter: axle-schedule" in text, calls=_calls(text))


def _calls(text):
    days = re.search(r"^window: (?:(\d+) days|settlement day)", text, re.MULTILINE)
    lookback = re.search(r"^schedule: .*lookback: (\d+) day", text, re.MULTILINE)
    return math.ceil((int(lookback[1]) + 1) / int(days[1] or 1)) if days and lookback else 1


def _line(key, text):
    return re.search(rf"^{key}: (\S+)", text, re.MULTILINE)[1]


def hosts(folder):
    text = (folder / "hosts.yaml").read_text()
    found, live = {}, feeds(folder)
    for id, entry in re.findall(r"^([\w-]+):.*\n((?:  .*\n?)+)", text, re.MULTILINE):
        rate = re.search(r"rate: (\d+) a minute", entry)
        live_round = sum(feed.calls for feed in live if feed.host == id)
        found[id] = Host(id, int(rate[1]), "strict: on" in entry, live_round)
    return found


def copy(source, destination, every, rates):
    """Only the feeds that have an `every`.

    :param every: seconds between two rounds, by feed.
    :param rates: calls a minute, by host.
    """
    destination.mkdir()
    for path in source.glob("*.yaml"):
        text = path.read_text()
        if path.stem == "hosts":
            for host, rate in rates.items():
                text = re.sub(rf"^({host}:.*?rate: )\d+ a minute", rf"\g<1>{rate} a minute", text, flags=re.M | re.S)
        elif path.stem in every:
            lookback = re.search(r"^schedule: .*(lookback: \d+ \w+)", text, re.MULTILINE)
            schedule = f"every: {every[path.stem]} s" + (f", {lookback[1]}" if lookback else "")
            text = re.sub(r"^schedule: .*$", f"schedule: {{ {schedule} }}", text, flags=re.MULTILINE)
        else:
            continue
        (destination / path.name).write_text(text)
    return destination
