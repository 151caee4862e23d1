"""What a test of the page stands on: a private database with known values, the server, and a browser."""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zoneinfo
from datetime import datetime, timedelta, timezone

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURES = ROOT / ".build/page/pictures"
PROGRAM = os.environ["FLUX_MARKET"]
HALF_HOUR = timedelta(minutes=30)
SIGNALS = {
    "niv_estimate": 1,
    "wholesale_price": 2,
    "imbalance_price": 3,
    "axle_dispatch": 4,
    "niv_outturn": 101,
    "imbalance_price_estimate": 102,
}


# The half hour that runs when the tests begin: their times go on from there, whatever the clock does meanwhile.
BEGAN = datetime.now(timezone.utc)
RUNNING = BEGAN.replace(minute=BEGAN.minute // 30 * 30, second=0, microsecond=0)


def half_hour(before):
    """The start of the half hour so many before the one that runs."""
    return RUNNING - before * HALF_HOUR


def period(at):
    """Its settlement period: counted from London's midnight, which is half hours away from any other's."""
    london = at.astimezone(zoneinfo.ZoneInfo("Europe/London"))
    midnight = london.replace(hour=0, minute=0).astimezone(timezone.utc)
    return int((at - midnight) / HALF_HOUR) + 1


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


class Database:
    """A cluster in a folder of its own, made and ended by the program; psql speaks to it."""

    def __init__(self, program, simulated=False):
        self.program = program
        self.simulated = ["--simulated"] if simulated else []
        # Short, since a socket lies in it; for everybody to pass, since the server may run as another user.
        self.folder = tempfile.mkdtemp(prefix="flux-page-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("FLUX_", "PG"))},
            "FLUX_STATE_DIR": self.folder,
        }
        self.run("db", "up")
        self.address = self.run("db", "url", *self.simulated).strip()

    def run(self, *arguments):
        return subprocess.run(
            [self.program, *arguments], check=True, capture_output=True, text=True, env=self.environment
        ).stdout

    def ask(self, statement):
        """Rows of text."""
        done = subprocess.run(
            ["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.address, "-c", statement],
            check=True,
            capture_output=True,
            text=True,
            env=self.environment,
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    def insert(self, signal_name, values, observed_at=None):
        """`values` maps a time to a value; through the only way in."""
        elements = ", ".join(
            f"('{at.isoformat()}', {SIGNALS[signal_name]}, {value})::flux.market_data_input"
            for at, value in values.items()
        )
        observed = f"'{observed_at.isoformat()}'" if observed_at else "clock_timestamp()"
        self.ask(f"SELECT * FROM flux.insert_market_data_batch(ARRAY[{elements}], {observed})")

    def insert_days(self, signal_name, value, days=30, newest=2, published=timedelta(minutes=45)):
        """A value for each half hour before the one `newest` before now, by an expression over how many before, `n`.

        Of the last two days each is observed as long after its beginning as a feed would; the others all at once.
        """
        at = f"'{half_hour(newest).isoformat()}'::timestamptz - n * interval '30 minutes'"
        element = f"({at}, {SIGNALS[signal_name]}, ({value})::real)::flux.market_data_input"
        self.ask(f"""
          SELECT * FROM flux.insert_market_data_batch(
            ARRAY(SELECT {element} FROM generate_series(96, {days * 48}) n), now() - interval '46 hours 30 minutes')""")
        observed = f"least(clock_timestamp(), {at} + interval '{published.total_seconds()} seconds')"
        self.ask(f"""
          SELECT sum(i.inserted) FROM generate_series(95, 1, -1) n,
            flux.insert_market_data_batch(ARRAY[{element}], {observed}) i""")

    def drop(self):
        subprocess.run([self.program, "db", "down"], capture_output=True, env=self.environment)
        shutil.rmtree(self.folder, ignore_errors=True)


class Server:
    """`flux-market serve` on a port of its own, which it keeps when it is started again."""

    def __init__(self, database, *arguments, **settings):
        """`arguments` of serve, and settings as their variables have them: FLUX_SHARE_DIR="…"."""
        self.database = database
        self.arguments = arguments
        self.environment = {**database.environment, **settings}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.process = None

    def start(self):
        self.log = open(f"{self.database.folder}/serve-{self.port}.log", "ab")
        self.process = subprocess.Popen(
            [self.database.program, "serve", "--port", str(self.port), *self.database.simulated, *self.arguments],
            stdout=self.log,
            stderr=self.log,
            env=self.environment,
        )
        patience = time.monotonic() + 120
        while time.monotonic() < patience:
            try:
                urllib.request.urlopen(self.url + "v1/signals", timeout=5).read()
                return self
            except urllib.error.HTTPError:
                return self  # it asks for a token
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise AssertionError(f"serve does not answer: {pathlib.Path(self.log.name).read_text()}")

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
        self.log.close()


class Page:
    """The page in a Chromium without a window."""

    def __init__(self, width=1440, height=900, dark=False):
        options = webdriver.ChromeOptions()
        # As root Chromium has no sandbox; it opens this machine's own page alone.
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--lang=en-GB",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        with tempfile.NamedTemporaryFile(prefix="chromedriver-", suffix=".log") as log:
            service = Service("/usr/bin/chromedriver", port=free_port(), log_output=log.name)
            try:
                self.driver = webdriver.Chrome(options=options, service=service)
            except WebDriverException as error:
                said = pathlib.Path(log.name).read_text(errors="replace")[-4_000:]
                raise AssertionError(f"Chromium does not start: {error}{said}") from error
        self.driver.set_script_timeout(120)
        self.size(width, height)
        if dark:
            self.driver.execute_cdp_cmd(
                "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
            )

    def size(self, width, height):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def open(self, url):
        self.driver.get(url)
        self.until("the chart is read", lambda: not self.has("#charts.reading-now") and self.text("#tile-niv .state"))
        return self

    def script(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def has(self, selector):
        return bool(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0])?.textContent.trim()", selector)

    def shown(self, selector):
        return self.find(selector).is_displayed()

    def click(self, selector):
        self.script("document.querySelector(arguments[0]).click()", selector)

    def until(self, what, condition, seconds=120):
        """Waits for what the page does by itself, or fails with the words."""
        # What is drawn anew while it is looked at is looked at once more.
        wait = WebDriverWait(
            self.driver, seconds, poll_frequency=0.05, ignored_exceptions=[StaleElementReferenceException]
        )
        wait.until(lambda _: condition(), message=what)

    def table(self, selector):
        """The cells of each row, as text; an empty table's only one, which says so, is none."""
        rows = self.script(
            "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
            ".map((row) => [...row.cells].map((cell) => cell.textContent.trim()))",
            selector,
        )
        return [row for row in rows if len(row) > 1]

    def chart(self):
        """The pixels of the chart's canvases."""
        return self.script(
            "return [...document.querySelectorAll('#market canvas')].map((canvas) => canvas.toDataURL()).join()"
        )

    def set_slider(self, back):
        """So many steps back from now."""
        self.script(
            "const slider = document.getElementById('as-of-slider'); slider.value = slider.max - arguments[0];"
            "slider.dispatchEvent(new Event('input', { bubbles: true }))",
            back,
        )

    def picture(self, name, whole=True):
        PICTURES.mkdir(parents=True, exist_ok=True)
        width = self.script("return innerWidth")
        height = self.script("return innerHeight")
        if whole:
            self.size(width, max(height, self.script("return document.documentElement.scrollHeight")))
        self.driver.save_screenshot(str(PICTURES / f"{name}.png"))
        self.size(width, height)

    def errors(self):
        """What the browser holds against the page since it was asked last."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def close(self):
        self.driver.quit()
