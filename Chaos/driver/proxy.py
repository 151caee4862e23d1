"""A TCP proxy between one collector and one database server, where connections go wrong."""

import asyncio
import contextlib
import socket
import struct

import wire
from commands import free_port

# A COMMIT that waits for the standby is answered late; longer than this nobody waits for its answer.
_LONGEST_COMMIT = 5


class Proxy:
    """Forwards until it is told to refuse, to be silent or to cut.

    The moments at which it cuts of its own accord come from `dice`; `chance` is how likely each COMMIT and each second
    of a connection is to be one, 0 for never.
    """

    def __init__(self, server_port, dice, journal):
        self._server_port = server_port
        self._dice = dice
        self._journal = journal
        self._links = set()
        self._tasks = set()
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._listener = None
        self.port = free_port()
        self.commit_chance = self.second_chance = 0

    async def start(self):
        await self._listen()
        self._background(self._cut_at_random())

    async def close(self):
        self._speaks.set()
        if self._listener:
            self._listener.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self):
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    # What it is told.

    async def refuse(self, seconds):
        """Nobody listens, and who was connected is no longer."""
        self._listener.close()
        self.cut_all()
        await asyncio.sleep(seconds)
        await self._listen()

    async def be_silent(self, seconds, forgets):
        """Nothing passes, and nobody is told; afterwards all passes that was held, or nothing where it `forgets`."""
        self._speaks.clear()
        await asyncio.sleep(seconds)
        if forgets:
            self.cut_all()
        self._speaks.set()

    def cut_all(self):
        for link in list(self._links):
            link.cut(self._dice.random() < 0.5)

    # Connections.

    def _background(self, work):
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _cut_at_random(self):
        while True:
            await asyncio.sleep(1)
            for link in list(self._links):
                if self._dice.random() < self.second_chance:
                    self._journal.note("connection cut")
                    link.cut(self._dice.random() < 0.5)

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        link = _Link(writer)
        self._links.add(link)
        with contextlib.suppress(OSError):
            await self._speaks.wait()
            server_reader, link.server = await asyncio.open_connection("127.0.0.1", self._server_port)
            pumps = [asyncio.create_task(self._to_server(reader, link)),
                     asyncio.create_task(self._to_client(server_reader, link))]
            # When one direction ends, however it does, so does the other.
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        self._links.discard(link)
        link.cut(resets=link.server is None)

    async def _to_server(self, reader, link):
        frontend = wire.Frontend()
        while data := await reader.read(1 << 16):
            await self._speaks.wait()
            for message, commits in frontend.feed(data):
                if commits and self._dice.random() < self.commit_chance:
                    return await self._cut_at_commit(message, link)
                link.server.write(message)
            await link.server.drain()

    async def _cut_at_commit(self, message, link):
        if self._dice.random() < 0.25:
            self._journal.note("COMMIT lost on its way")
        else:
            link.swallows = True
            link.server.write(message)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(link.swallowed.wait(), _LONGEST_COMMIT)
            self._journal.note("answer to COMMIT lost")
        link.cut(self._dice.random() < 0.5)

    async def _to_client(self, reader, link):
        while data := await reader.read(1 << 16):
            await self._speaks.wait()
            if link.swallows:
                link.swallowed.set()
                continue
            link.client.write(data)
            await link.client.drain()


class _Link:
    """One client's connection and the server's."""

    def __init__(self, client):
        self.client = client
        self.server = None
        self.swallows = False
        self.swallowed = asyncio.Event()

    def cut(self, resets):
        """Both ends, with a TCP reset or without."""
        for writer in (self.client, self.server):
            if writer is None or writer.transport.is_closing():
                continue
            if resets:
                endpoint = writer.get_extra_info("socket")
                endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()
