"""What goes wrong and when: a function of the seed and the length."""

import random
from dataclasses import dataclass

COLLECTORS = ("a", "b")


@dataclass(frozen=True)
class Kind:
    name: str
    # Least and most seconds that it lasts, in a long run.
    lasts: tuple
    # The same in a run of less than a minute.
    lasts_short: tuple
    # What befalls one collector, one or both, or the database.
    target: str
    ways: tuple = (None,)


KINDS = [
    Kind("killed", (1, 30), (3, 5), "one"),
    Kind("stopped", (3, 30), (3, 6), "one"),
    Kind("terminated", (0, 8), (0, 2), "one"),
    Kind("database restarted", (0, 15), (1, 3), "database", ("immediate", "fast")),
    Kind("failover", (0, 4), (0, 1), "database", ("immediate", "fast")),
    Kind("standby lost", (1, 8), (1, 3), "database"),
    Kind("connections refused", (2, 20), (2, 5), "some"),
    Kind("connections silent", (2, 20), (2, 5), "some", ("forgetting", "keeping")),
    Kind("disk full", (5, 15), (3, 5), "one"),
]


@dataclass(frozen=True)
class Event:
    # Seconds since the faults began.
    at: float
    kind: str
    # Whom it befalls; None for the database.
    collectors: tuple | None
    # Seconds that it lasts.
    lasts: float
    way: str | None


def plan(seed, seconds):
    """Every kind once, in an order of its own, then again."""
    dice = random.Random(f"plan {seed}")
    is_short = seconds < 60
    events, bag, at = [], [], 1.0
    pause = (1.5, 2.8) if is_short else (3, 8)
    # What begins has to be over when the faults end.
    while at < seconds - (5 if is_short else 15):
        bag = bag or dice.sample(KINDS, len(KINDS))
        kind = bag.pop()
        lasts = dice.uniform(*(kind.lasts_short if is_short else kind.lasts))
        collectors = {
            "one": lambda: (dice.choice(COLLECTORS),),
            "some": lambda: dice.choice([("a",), ("b",), COLLECTORS]),
            "database": lambda: None,
        }[kind.target]()
        events.append(Event(round(at, 1), kind.name, collectors, round(lasts, 1), dice.choice(kind.ways)))
        at += dice.uniform(*pause)
    return events


def feed_faults(seconds):
    """For `simulate --faults`: what goes wrong with replies while the faults last."""
    always = [
        "outage:0.01", "reset:0.01", "slow=1s:0.02", "html:0.01", "empty:0.01", "truncated:0.01", "type:0.01",
        "gzip:0.01", "loop:0.005", "elsewhere=http:0.005", "status=503:0.01", "status=500:0.01", "status=429+2s:0.01",
        "status=429~2s:0.005", "text:0.01", "nan:0.01", "huge:0.01", "null:0.01", "period=51:0.01", "day:0.01",
        "disagree:0.01", "unknown:0.02", "gone:0.01", "stale=20s:0.02",
    ]
    rules = [f"{rule}:0s-{seconds}s" for rule in always]
    if seconds >= 60:
        # These hold a host up for half a minute, or cost much.
        rules += [f"{rule}:0s-{seconds - 40}s" for rule in ("hang:0.002", "endless:0.002", "bomb=80:0.003")]
    third = seconds // 3
    outages = [("elexon", third), ("modo", third + 4), ("axle", 2 * third)]
    rules = [f"outage@{host}:{begin}s-{begin + max(3, seconds // 20)}s" for host, begin in outages] + rules
    return ",".join(rules)
