"""The simulator's ledger: what it was asked, and what each reply said in our signals."""

import json
import re
import struct
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Request:
    # When it came and when its answer had been sent, microseconds since 1970.
    at: int
    ended: int
    host: str
    # Who asked: FLUX_CONTACT, which its User-Agent carries.
    collector: str
    # None where no feed asks so: a token, a page of the simulator's own.
    feed: str | None
    status: int
    # Refused for being one too many.
    is_limited: bool
    fault: str | None
    # (signal, time) to the value as `real` keeps it: what a reply that was sent in full said.
    values: dict = field(default_factory=dict)
    # A battery's schedule in the reply's order: (asset, start, end, action); None where there is none.
    steps: list | None = None


def read(path, feeds):
    with open(path) as file:
        for line in file:
            yield _request(json.loads(line), feeds)


def _request(line, feeds):
    feed = next((feed for feed in feeds if feed.host == line["host"] and feed.path in line["path"]), None)
    agent = re.search(r"\(\+(.*)\)", line["agent"])
    steps = None
    if feed and feed.is_schedule and line["status"] == 200 and "steps" in line:
        steps = [(asset, _instant(start), _instant(end), action) for asset, start, end, action in line["steps"]]
    return Request(
        at=_instant(line["at"]), ended=_instant(line["ended"]), host=line["host"],
        collector=agent[1] if agent else "", feed=feed and feed.id, status=line["status"], is_limited=line["limited"],
        fault=line.get("fault"), values=_values(line["records"], feed) if feed else {}, steps=steps)


def _values(records, feed):
    if feed.mean:
        return _means(records, feed)
    found = {}
    for day, period, name, number in records:
        signal, scale = feed.values[name]
        found[signal, period_start(day, period)] = real(number * scale)
    return found


def _means(records, feed):
    """The mean over the providers, weighted by what they traded; who traded nothing has no price."""
    weight = feed.mean[1]
    periods = defaultdict(lambda: defaultdict(dict))
    for day, period, name, number, provider in records:
        periods[day, period][provider][name] = number
    found = {}
    for (day, period), providers in periods.items():
        time = period_start(day, period)
        # In alphabetical order: the same numbers added up in another may differ in the last bit.
        quotes = [providers[name] for name in sorted(providers)]
        traded = [quote for quote in quotes if quote[weight] > 0]
        for name, (signal, scale) in feed.values.items():
            if name == weight:
                mean = sum(quote[weight] for quote in quotes)
            elif not traded or not all(name in quote for quote in traded):
                continue
            elif len(traded) == 1:
                mean = traded[0][name]
            else:
                mean = sum(quote[name] * quote[weight] for quote in traded) / sum(quote[weight] for quote in traded)
            found[signal, time] = real(mean * scale)
    return found


def real(number):
    """As PostgreSQL's type of that name keeps it."""
    return struct.unpack("f", struct.pack("f", number))[0]


@lru_cache(maxsize=None)
def period_start(day, period):
    """Of a settlement period, counted from 1 at London's midnight; microseconds since 1970."""
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), _LONDON)
    return _microseconds(midnight.astimezone(timezone.utc) + timedelta(minutes=30 * (period - 1)))


def _instant(text):
    return _microseconds(datetime.fromisoformat(text))


def _microseconds(instant):
    return (instant - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)
