"""A primary and a streaming standby: private servers, stopped, started and failed over.

An acknowledged commit must outlive its server, so the primary waits for the standby before it acknowledges. It can do
so only while there is a standby: the setting goes up once one is in step and down while there is none.
"""

import asyncio
import os
import pathlib
import shutil
from contextlib import suppress

from commands import Failed, free_port, psql, run

_STANDBY = "standby"


class Server:
    def __init__(self, name, folder, programs):
        self.name = name
        self.data = folder / name
        self.port = free_port()
        self._log = folder / f"{name}.log"
        self._folder = folder
        self._programs = programs

    async def create(self):
        await self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                        "--no-sync")

    async def clone(self, primary):
        shutil.rmtree(self.data, ignore_errors=True)
        await self._run("pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d",
                        f"host=127.0.0.1 port={primary.port} user=postgres application_name={_STANDBY}")
        # The primary's own settings came with its data; ours must not wait for a standby once it is promoted.
        with open(self.data / "postgresql.auto.conf", "a") as file:
            file.write("synchronous_standby_names = ''\n")

    async def start(self):
        # Without fsync a killed server loses nothing: only a machine without power would.
        options = (f"-k {self._folder} -h 127.0.0.1 -p {self.port} -c fsync=off -c shared_buffers=64MB -c jit=off"
                   " -c wal_keep_size=256MB -c wal_retrieve_retry_interval=200ms -c log_line_prefix='%m [%p] '"
                   " -c timezone=UTC -c log_timezone=UTC")
        await self._run("pg_ctl", "-D", self.data, "-l", self._log, "-s", "-w", "-o", options, "start")

    async def stop(self, mode):
        await self._run("pg_ctl", "-D", self.data, "-s", "-w", "-m", mode, "stop")

    async def promote(self):
        await self._run("pg_ctl", "-D", self.data, "-s", "-w", "promote")

    async def query(self, *statements, database="postgres", patience=60):
        return await psql(self.port, *statements, database=database, patience=patience)

    async def _run(self, program, *arguments):
        # A server doesn't run as root.
        owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.getuid() == 0 else []
        return await run(*owner, self._programs / program, *arguments)


class Pair:
    """Two servers, one of them the primary. One thing at a time is done to them: whoever does it holds `lock`."""

    def __init__(self, folder):
        programs = _server_programs()
        self.servers = [Server(name, folder, programs) for name in ("one", "two")]
        self.primary, self.standby = self.servers
        self.lock = asyncio.Lock()
        # Whether the primary takes connections, as far as we know.
        self.is_up = False

    async def start(self):
        await self.primary.create()
        await self.primary.start()
        self.is_up = True

    async def close(self):
        for server in self.servers:
            with suppress(Failed):
                await server.stop("immediate")

    async def restart(self, mode, pause):
        self.is_up = False
        await self.primary.stop(mode)
        await asyncio.sleep(pause)
        await self.primary.start()
        self.is_up = True

    async def fail_over(self, mode, pause):
        """The primary goes away, the standby takes over, and what was the primary becomes its standby.

        Only a standby that is in step may be promoted: one that has just come back may lack what was acknowledged.
        """
        await self._wait_for("sync_state = 'sync'")
        self.is_up = False
        await self.primary.stop(mode)
        await asyncio.sleep(pause)
        await self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        self.is_up = True
        await asyncio.sleep(pause)
        await self.add_standby()

    async def lose_standby(self, unnoticed):
        """The standby is away: commits wait until somebody notices and lets the primary go on alone."""
        await self.standby.stop("immediate")
        await asyncio.sleep(unnoticed)
        await self._wait_for_standby("")
        await self.standby.start()
        await self._keep_in_step()

    async def add_standby(self):
        await self.standby.clone(self.primary)
        await self.standby.start()
        await self._keep_in_step()

    async def _keep_in_step(self):
        await self._wait_for("state = 'streaming'")
        await self._wait_for_standby(_STANDBY)
        await self._wait_for("sync_state = 'sync'")

    async def _wait_for_standby(self, name):
        await self.primary.query(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'", "SELECT pg_reload_conf()")

    async def _wait_for(self, condition):
        for _ in range(600):
            found = await self.primary.query(
                f"SELECT 1 FROM pg_stat_replication WHERE application_name = '{_STANDBY}' AND {condition}")
            if found:
                return
            await asyncio.sleep(0.2)
        raise Failed(f"the standby {self.standby.name} was not in a state of {condition} within two minutes")


def _server_programs():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise Failed("no PostgreSQL server is installed: scripts/setup installs it")
    return found[-1].parent
