"""What the driver did, and when: a line of JSON each, for the checker and for people."""

import json
import time


def now():
    """Microseconds since 1970, by the clock that the programs use too."""
    return time.time_ns() // 1_000


class Journal:
    """Entries are {"at": microseconds, "kind": …}, those that lasted with "until"; more as their kind has it."""

    def __init__(self, path):
        self._file = open(path, "a", buffering=1)

    def note(self, kind, since=None, **more):
        """Something that happened now, or began at `since` and is over."""
        times = {"at": now()} if since is None else {"at": since, "until": now()}
        self._file.write(json.dumps({**times, "kind": kind, **more}) + "\n")

    def close(self):
        self._file.close()


def read(path):
    with open(path) as file:
        return [json.loads(line) for line in file]
