"""Whether a host was ever asked more often than its provider allows."""

from dataclasses import dataclass

SECOND = 1_000_000
# A timer is late now and then, so that two calls lie closer than they were let through.
_JITTER = 1


@dataclass(frozen=True)
class Excess:
    host: str
    # The end of the span, and how long that is in seconds.
    at: int
    span: int
    calls: int
    allowed: int
    # While one collector could not see what the database lets the other do.
    is_apart: bool


def excesses(requests, hosts, partitions):
    """The worst span of each host and length, where it is above the limit.

    In any minute at most the rate and the burst; in shorter spans their part of the rate, which finds in a short run
    what would only show in a longer one.

    :param partitions: (from, to) of each time at which one collector alone was cut off from the database.
    """
    found = []
    for host in hosts.values():
        times = sorted(request.at for request in requests if request.host == host.id)
        for span, spare in ((10, _JITTER), (60, 0)):
            allowed = host.rate * span // 60 + host.burst + spare
            over = _over(times, span * SECOND, allowed)
            apart = [] if host.is_strict else [
                (at, calls) for at, calls in over
                if any(begin <= at and at - 60 * SECOND <= end for begin, end in partitions)]
            for group, is_apart in ((apart, True), ([one for one in over if one not in apart], False)):
                if group:
                    at, calls = max(group, key=lambda one: one[1])
                    found.append(Excess(host.id, at, span, calls, allowed, is_apart))
    return found


def _over(times, span, allowed):
    first, over = 0, []
    for index, time in enumerate(times):
        while times[first] <= time - span:
            first += 1
        if (calls := index - first + 1) > allowed:
            over.append((time, calls))
    return over
