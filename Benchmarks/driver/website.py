"""The system price's web site: our simulator, or its replies as files behind nginx."""

import contextlib
import http.client
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

FIRST_DAY = date(2019, 1, 1)
PRICES = "/balancing/settlement/system-prices"


def last_day(days):
    return FIRST_DAY + timedelta(days=days - 1)


@contextlib.contextmanager
def simulator(published_until):
    """Serves every day before that date. Yields the variables that point feeds at it."""
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-market")
    process = subprocess.Popen(
        [program, "simulate", "--port", "0", "--published-until", published_until.isoformat()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        variables = {}
        # The last line that it prints once it serves.
        while "FLUX_ELEXON_PORTAL_KEY" not in variables:
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"the simulator did not start: {process.stderr.read()}")
            if found := re.fullmatch(r"export (\w+)='(.*)'", line.strip()):
                variables[found[1]] = found[2]
        yield variables
    finally:
        process.terminate()
        process.communicate()


def recorded(keep, days):
    """The folder of that many replies, one file a settlement day; made where it is not there yet."""
    folder = pathlib.Path(keep, "site", f"{FIRST_DAY}+{days}")
    if folder.exists():
        return folder
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    files = partial / PRICES.strip("/")
    files.mkdir(parents=True)
    with simulator(last_day(days) + timedelta(days=8)) as variables:
        host, path = re.fullmatch(r"http://([^/]+)(/.*)", variables["FLUX_HOST_ELEXON_URL"]).groups()
        own = threading.local()

        def save(day):
            if not hasattr(own, "connection"):
                own.connection = http.client.HTTPConnection(host)
            own.connection.request("GET", f"{path}{PRICES}/{day}")
            reply = own.connection.getresponse()
            body = reply.read()
            if reply.status != 200:
                raise SystemExit(f"the simulator's reply for {day} is {reply.status}")
            (files / day.isoformat()).write_bytes(body)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(save, (FIRST_DAY + timedelta(days=n) for n in range(days))))
    partial.rename(folder)
    return folder


@contextlib.contextmanager
def nginx(folder):
    """Serves the folder on loopback, with keep-alive. Yields the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as work:
        settings = pathlib.Path(work, "nginx.conf")
        settings.write_text(f"""
            daemon off; master_process off; pid {work}/pid; error_log stderr;
            events {{ worker_connections 256; }}
            http {{
                access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout 1h;
                default_type application/json; open_file_cache max=10000 inactive=1h;
                client_body_temp_path {work}; proxy_temp_path {work}; fastcgi_temp_path {work};
                uwsgi_temp_path {work}; scgi_temp_path {work};
                server {{ listen 127.0.0.1:{port}; root {folder}; }}
            }}""")
        process = subprocess.Popen(["nginx", "-p", work, "-c", settings], stderr=subprocess.PIPE, text=True)
        try:
            _await(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate()


def _await(port, process):
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
    raise SystemExit(f"nginx did not start: {process.stderr.read()}")
