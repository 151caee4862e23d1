"""Carries the plan out."""

import asyncio
import contextlib
import os
import signal
import time

from commands import Failed, run
from journal import now

# A collector tries this often, and a moment: Sources/Collector/FeedRunner.swift.
_RETRY_OF_A_FULL_DISK = 6


class Stage:
    """What faults befall: both collectors, each with its proxies, and the pair of servers."""

    def __init__(self, pair, collectors, proxies, journal):
        self.pair = pair
        self.collectors = {collector.name: collector for collector in collectors}
        # By collector.
        self.proxies = proxies
        self.journal = journal
        self._networks = {name: asyncio.Lock() for name in proxies}

    async def carry_out(self, events, seconds):
        """Begins each event at its time; returns when all are over and nothing is wrong any more."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for event in events:
                await asyncio.sleep(max(0, began + event.at - time.monotonic()))
                group.create_task(self._befall(event, began + seconds))
            await asyncio.sleep(max(0, began + seconds - time.monotonic()))

    async def _befall(self, event, end):
        act = {
            "killed": self._kill, "stopped": self._stop, "terminated": self._terminate,
            "database restarted": self._restart_database, "failover": self._fail_over,
            "standby lost": self._lose_standby, "connections refused": self._refuse,
            "connections silent": self._be_silent, "disk full": self._fill_disk,
        }[event.kind]
        async with contextlib.AsyncExitStack() as held:
            # In one order for all, so that no two wait for each other.
            for lock in self._needs(event):
                await held.enter_async_context(lock)
            # Whoever had to wait for too long is left out.
            if time.monotonic() < end:
                await act(event)

    def _needs(self, event):
        if event.collectors is None:
            return [self.pair.lock]
        if event.kind in ("killed", "stopped", "terminated"):
            return [self.collectors[name].lock for name in event.collectors]
        networks = [self._networks[name] for name in event.collectors]
        if event.kind == "disk full":
            return [self.collectors[name].lock for name in event.collectors] + networks
        return networks

    # One collector.

    async def _kill(self, event):
        collector = self.collectors[event.collectors[0]]
        await collector.kill()
        # Noted when it is dead: what it asked for until then it may take along.
        self.journal.note("killed", collector=collector.name)
        await asyncio.sleep(event.lasts)
        await collector.start()

    async def _stop(self, event):
        collector = self.collectors[event.collectors[0]]
        since = now()
        collector.is_stopped = True
        collector.signal(signal.SIGSTOP)
        await asyncio.sleep(event.lasts)
        collector.signal(signal.SIGCONT)
        collector.is_stopped = False
        self.journal.note("stopped", since, collector=collector.name)

    async def _terminate(self, event):
        collector = self.collectors[event.collectors[0]]
        await collector.terminate(self.journal)
        self.journal.note("terminated", collector=collector.name)
        await asyncio.sleep(event.lasts)
        await collector.start()

    async def _fill_disk(self, event):
        """Cut off from the database, with no room for what it has to keep meanwhile."""
        collector = self.collectors[event.collectors[0]]
        if not os.path.ismount(collector.state):
            return self.journal.note("disk not filled: no tmpfs could be mounted")
        # One that finds its disk full at its start says so and ends: that is for who supervises it.
        await collector.is_up()
        since = now()
        ballast = collector.state / "ballast"
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(1 << 12)):
                pass
        await self._refuse(event)
        ballast.unlink()
        self.journal.note("disk full", since, collector=collector.name)
        # What it had to keep in memory it writes when it next tries; until then nobody may kill it.
        await asyncio.sleep(_RETRY_OF_A_FULL_DISK)

    # The way to the database.

    async def _refuse(self, event):
        await self._cut_off(event, "connections refused", lambda proxy: proxy.refuse(event.lasts))

    async def _be_silent(self, event):
        forgets = event.way == "forgetting"
        await self._cut_off(event, "connections silent", lambda proxy: proxy.be_silent(event.lasts, forgets))

    async def _cut_off(self, event, kind, cut):
        since = now()
        for name in event.collectors:
            self.collectors[name].is_cut_off = True
        await asyncio.gather(*(cut(proxy) for name in event.collectors for proxy in self.proxies[name]))
        for name in event.collectors:
            self.collectors[name].is_cut_off = False
        self.journal.note(kind, since, collectors=event.collectors)

    # The database.

    async def _restart_database(self, event):
        since = now()
        await self.pair.restart(event.way, event.lasts)
        self.journal.note("database restarted", since, way=event.way)

    async def _fail_over(self, event):
        since = now()
        await self.pair.fail_over(event.way, event.lasts)
        self.journal.note("failover", since, way=event.way, to=self.pair.primary.name)

    async def _lose_standby(self, event):
        since = now()
        await self.pair.lose_standby(event.lasts)
        self.journal.note("standby lost", since)


@contextlib.asynccontextmanager
async def small_disk(folder, mebibytes):
    """Mounts a tmpfs there where that is allowed."""
    folder.mkdir()
    try:
        await run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=700", "tmpfs", folder)
    except (Failed, OSError):
        yield folder
        return
    try:
        yield folder
    finally:
        await run("umount", folder)
