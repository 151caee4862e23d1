"""Other programs, run to their end, and a port for those that go on."""

import asyncio
import os
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


async def psql(port, *statements, database="postgres", patience=10):
    """The last statement's rows, a list of texts each."""
    script = [part for statement in statements for part in ("-c", statement)]
    output = await run(
        "psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", *script, patience=patience,
        environment={
            "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres", "PGDATABASE": database,
            "PGCONNECT_TIMEOUT": "3", "PGOPTIONS": "-c timezone=UTC",
        })
    return [line.split("\t") for line in output.splitlines()]
