"""Other programs, run to their end, and a port for those that go on."""

import asyncio
import os
import pathlib
import random
import socket


class Failed(Exception):
    pass


async def run(*command, environment=None, patience=60):
    """What it printed.

    :raises Failed: where it ends with another status than 0, or takes longer than `patience` seconds.
    """
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env={**os.environ, **(environment or {})}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    try:
        output, errors = await asyncio.wait_for(process.communicate(), patience)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        raise Failed(f"{command[0]} took longer than {patience} s") from None
    if process.returncode != 0:
        raise Failed(f"{' '.join(map(str, command[:3]))}… ended with {process.returncode}: {errors.decode()[-2000:]}")
    return output.decode()


def free_port():
    """One that the kernel gives to nobody of itself: it stays free until it is taken, and while its server is away."""
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, max(first, 20_000))
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


async def psql(port, *statements, database="postgres", patience=60):
    """The last statement's rows, a list of texts each."""
    script = [part for statement in statements for part in ("-c", statement)]
    output = await run(
        "psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", *script, patience=patience,
        environment={
            "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres", "PGDATABASE": database,
            "PGCONNECT_TIMEOUT": "3", "PGOPTIONS": "-c timezone=UTC",
        })
    return [line.split("\t") for line in output.splitlines()]
