"""Checks what became of the batteries' schedules, of which a round of several replies makes one.

What a round means depends on the ones before it, so that the whole history is not worked out here: every level in the
table is one that was asked for at its time, or none, and in the end the table says for the time to come what the last
round said.
"""

from ledger import real

_SIGNS = {"charge_max": -1, "discharge_max": 1, "avoid_import": 0, "avoid_export": 0}


def check(requests, rows, maxima):
    """What is wrong, in words; empty where nothing is.

    :param rows: (time, value, created_at) of every revision of the signal.
    :param maxima: each battery's greatest power, kW.
    """
    schedules = {asset: [] for asset in maxima}
    last = 0
    for request in sorted(requests, key=lambda request: request.ended):
        if request.steps:
            schedules[request.steps[0][0]].append(request.steps)
            last = request.ended
    if not all(schedules.values()):
        return ["no battery's schedule was ever served"] if not rows else ["there are levels that nobody asked for"]
    wrong = []
    for time, value, _ in rows:
        if value and value not in _levels(time, schedules, maxima):
            wrong.append(f"axle_dispatch {value} at {time} was never asked for")
    current = {}
    for time, value, _ in sorted(rows, key=lambda row: row[2]):
        current[time] = value
    newest = {asset: steps[-1:] for asset, steps in schedules.items()}
    times = {time for steps in newest.values() for _, start, end, _ in steps[0] for time in (start, end)}
    for time in sorted(time for time in times | current.keys() | {last} if time >= last):
        held = max((stored for stored in current if stored <= time), default=None)
        stored = current.get(held, 0)
        if stored not in (wanted := _levels(time, newest, maxima)):
            wrong.append(f"axle_dispatch at {time} is {stored}, the last round asked for {wanted.pop()}")
    return wrong


def _levels(time, schedules, maxima):
    """Every sum that the batteries' schedules ask for at `time`; of steps that overlap the first counts."""
    sums = {0.0}
    for asset, versions in schedules.items():
        levels = set()
        for steps in versions:
            action = next((action for _, start, end, action in steps if start <= time < end), None)
            levels.add(_SIGNS.get(action, 0) * maxima[asset])
        sums = {total + level for total in sums for level in levels}
    return {real(level) for level in sums}
