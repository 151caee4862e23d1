"""From a commit to the changed pixel of the desk's page, in a Chromium without a window."""

import os
import signal
import socket
import statistics
import subprocess
import time
import urllib.request
from datetime import datetime, timezone

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from database import Database
from measure import Spread
from report import Comparison

VALUES = 60

# When the figure of the tile was last painted, by the machine's clock: the frame after the one that a change asks for
# begins when that one has been handed over to be shown.
WATCH = """
  window.painted = 0
  const figure = document.querySelector('#tile-wholesale .number')
  new MutationObserver(() => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.painted = performance.timeOrigin + performance.now()
    window.shown = figure.textContent
  }))).observe(figure, { childList: true, characterData: true, subtree: true })
"""


def measure(options):
    program = os.path.join(os.environ["FLUX_BENCHMARK_PROGRAMS"], "flux-market")
    database = Database("desk")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, **database.environment, "FLUX_LOG_LEVEL": "warning"}
    server = subprocess.Popen([program, "serve", "--port", str(port)], env=environment)
    arguments = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        arguments.add_argument(argument)
    browser = None
    try:
        _wait(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/signals", timeout=1).read())
        browser = webdriver.Chrome(options=arguments, service=Service("/usr/bin/chromedriver"))
        browser.get(f"http://127.0.0.1:{port}/")
        _wait(lambda: browser.execute_script("return document.getElementById('link').dataset.state") == "live" or None)
        browser.execute_script(WATCH)
        _one(database, browser, 0)  # the tile's first value is not counted
        runs = [
            [_one(database, browser, run * VALUES + number + 1) for number in range(VALUES)]
            for run in range(options.runs)
        ]
    finally:
        if browser:
            browser.quit()
        server.send_signal(signal.SIGTERM)
        server.wait(15)
    database.drop()

    def told(words, of, goal):
        return Comparison(
            f"commit to the changed pixel, {words} of {VALUES}",
            "ms",
            None,
            None,
            Spread(tuple(of(run) for run in runs)),
            None,
            goal,
        )

    return [told("median", statistics.median, "< 100"), told("the slowest", max, "")]


def _one(database, browser, number):
    """Milliseconds from before the statement is sent until its value is on the screen.

    The statement is its own transaction, the value the next revision of the half hour that runs.
    """
    value = f"{100 + number / 4:.2f}"
    half_hour = datetime.fromtimestamp(time.time() // 1800 * 1800, timezone.utc)
    began = time.time()
    database.connection.execute(
        "SELECT * FROM flux.insert_market_data_batch(ARRAY[(%s, 2, %s)::flux.market_data_input])", (half_hour, value)
    )
    painted = _wait(
        lambda: browser.execute_script("return window.shown === arguments[0] ? window.painted : null", value)
    )
    # Not in step with anything: neither with the browser's frames nor with what it reads after an event.
    time.sleep(0.05 + number % 7 * 0.03)
    return painted - began * 1000


def _wait(condition, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            found = condition()
            if found is not None:
                return found
        except OSError:
            pass
        time.sleep(0.02)
    raise SystemExit("the desk's page does not show what was stored")
