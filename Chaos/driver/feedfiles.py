"""The repository's feed files: read for what they yield, and copied with faster schedules."""

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


@dataclass(frozen=True)
class Host:
    id: str
    # Calls a minute, and how many may go at once.
    rate: int
    at_once: int
    is_strict: bool

    @property
    def burst(self):
        """Calls that may begin at once after a rest: Sources/Intake/HostBudget.swift."""
        return 1 if self.is_strict else max(1, min(self.at_once, self.rate // 60))


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
        mean=mean.groups() if mean else None, is_schedule="\nadapter: axle-schedule" in text)


def _line(key, text):
    return re.search(rf"^{key}: (\S+)", text, re.MULTILINE)[1]


def hosts(folder):
    text = (folder / "hosts.yaml").read_text()
    found = {}
    for id, entry in re.findall(r"^([\w-]+):.*\n((?:  .*\n?)+)", text, re.MULTILINE):
        rate = re.search(r"rate: (\d+) a minute", entry)
        at_once = re.search(r"at once: (\d+)", entry)
        found[id] = Host(id, int(rate[1]), int(at_once[1]) if at_once else 1, "strict: on" in entry)
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
