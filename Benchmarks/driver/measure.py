"""Runs what is compared in turn, and says what came of it."""

import math
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """What was measured again and again: the median is told, and how far the rest lay apart."""

    values: tuple[float, ...]

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def least(self):
        return min(self.values)

    @property
    def most(self):
        return max(self.values)

    def __truediv__(self, other):
        """Run by run: the machine's other work weighs on both sides of a pair."""
        return Spread(tuple(a / b if b else math.inf for a, b in zip(self.values, other.values)))

    def __str__(self):
        if len(self.values) == 1:
            return figure(self.median)
        return f"{figure(self.median)} ({figure(self.least)}-{figure(self.most)})"


def figure(number):
    """Three digits, and no fraction of a large number."""
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(number))))
    return f"{number:,.{decimals}f}"


def alternate(contenders, runs):
    """Each contender once a round, in the order given: A B A B. The first round warms up and does not count.

    :param contenders: name to a function that does the job once and returns what it measured.
    :returns: name to the list of what was measured.
    """
    rounds = [{name: job() for name, job in contenders.items()} for _ in range(runs + 1)]
    return {name: [one[name] for one in rounds[1:]] for name in contenders}


def spread(samples, quantity):
    """One quantity of the samples of one contender."""
    return Spread(tuple(getattr(sample, quantity) for sample in samples))
