"""The programs under test, as processes that can be killed, stopped, continued and started again."""

import asyncio
import contextlib
import os
import re
import signal

from commands import Failed, free_port
from journal import now


class Process:
    """One program; started again it appends to the same log."""

    def __init__(self, command, environment, log):
        self._command = [str(part) for part in command]
        self._environment = environment
        self._log = log
        self._process = None

    async def start(self):
        with open(self._log, "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env={**os.environ, **self._environment}, stdin=asyncio.subprocess.DEVNULL,
                stdout=log, stderr=log)

    @property
    def is_running(self):
        return self._process is not None and self._process.returncode is None

    def signal(self, number):
        """Nothing happens to one that ended by itself: whoever waits for it sees that it did."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def ended(self, patience):
        """Its exit status, negative for a signal; None where it goes on."""
        try:
            return await asyncio.wait_for(self._process.wait(), patience)
        except asyncio.TimeoutError:
            return None

    async def kill(self):
        if self.is_running:
            self._process.kill()
            await self._process.wait()


class Collector(Process):
    """Its health is on a port of its own, since both are on one machine."""

    def __init__(self, name, command, environment, log, state):
        self._health_port = free_port()
        super().__init__(command, {**environment, "FLUX_HEALTH": f"127.0.0.1:{self._health_port}"}, log)
        self.name = name
        self.state = state
        # By a signal, and from the database.
        self.is_stopped = False
        self.is_cut_off = False
        # Whoever kills it, stops it or fills its disk holds this.
        self.lock = asyncio.Lock()

    @property
    def is_able(self):
        """Whether it could hold a host now."""
        return self.is_running and not self.is_stopped and not self.is_cut_off

    async def terminate(self, journal):
        """Asks it to end, which it must do within ten seconds and of its own accord.

        Not before it is up: until a program listens to signals they end it as they end any other.
        """
        if not await self.is_up():
            journal.note("failure", what=f"a minute after its start collector {self.name} says nothing of its health")
        since = now()
        self.signal(signal.SIGTERM)
        status = await self.ended(patience=10)
        if status != 0:
            said = "did not end within 10 s" if status is None else f"ended with {status}"
            journal.note("failure", what=f"after SIGTERM collector {self.name} {said}")
            await self.kill()
            journal.note("killed", collector=self.name)
        return now() - since

    async def is_up(self, patience=60):
        """Whether it says something of its health within so many seconds."""
        for _ in range(patience * 10):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._health_port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return True
        return False


class Simulator(Process):
    async def variables(self, patience=60):
        """What points feeds at it, once it answers."""
        for _ in range(patience * 20):
            with open(self._log) as log:
                found = dict(re.findall(r"^export (\w+)='(.*)'$", log.read(), re.MULTILINE))
            # The last line that it prints.
            if "FLUX_ELEXON_PORTAL_KEY" in found:
                return found
            if not self.is_running:
                break
            await asyncio.sleep(0.05)
        raise Failed(f"the simulator did not start: {self._log} says why")
