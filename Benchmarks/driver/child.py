"""A program of its own, and what it cost."""

import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    seconds: float
    # Processor seconds of the program alone, in its own code and in the kernel.
    processor: float
    # The most that it had in memory, MiB, shared libraries included.
    resident: float
    # The most private memory seen, MiB.
    private: float
    output: str


class Failed(Exception):
    pass


def run(command, environment=None):
    """Runs the program to its end.

    The high-water mark of its resident memory is read from the kernel while it runs: the one that wait4 reports
    begins with what the caller had.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        memory = _Memory(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        memory.stop()
        output.seek(0)
        text = output.read().decode()
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read().decode()[-2000:]
            raise Failed(f"{command[0]} ended with {process.returncode}: {said}{text[-500:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, memory.resident, memory.private, text)


_FIELDS = (("resident", "VmHWM"), ("now", "VmRSS"), ("private", "RssAnon"))


def memory(pid):
    """Memory of a program that runs, MiB: resident at its most and now, private now."""
    with open(f"/proc/{pid}/status") as file:
        status = dict(line.split(":", 1) for line in file)
    return {name: int(status[field].split()[0]) / 1024 for name, field in _FIELDS}


class _Memory(threading.Thread):
    """Looks every 10 ms: a peak of private memory that is shorter may be missed, the resident one is the kernel's."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self._path = f"/proc/{pid}/status"
        self._stopped = threading.Event()
        self.resident = self.private = 0.0
        self.start()

    def run(self):
        while not self._stopped.wait(0.01):
            try:
                with open(self._path) as file:
                    status = dict(line.split(":", 1) for line in file)
            except (FileNotFoundError, ProcessLookupError):
                return
            # A zombie has no memory left to tell of.
            if "VmHWM" not in status:
                return
            self.resident = max(self.resident, int(status["VmHWM"].split()[0]) / 1024)
            self.private = max(self.private, int(status["RssAnon"].split()[0]) / 1024)

    def stop(self):
        self._stopped.set()
        self.join()
