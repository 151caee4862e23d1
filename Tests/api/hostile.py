"""Clients that mean no good: they leave in the middle, send half a request, rubbish or too much, and reset.

usage: hostile.py PORT EXCHANGES SEED [--tls]     whatever they are answered is right, as long as the server lives
"""

import random
import socket
import ssl
import struct
import sys
import threading

PATHS = [
    "/v1/latest", "/v1/signals", "/v1/status", "/v1/gaps", "/v1/revisions", "/v1/stream", "/openapi.yaml",
    "/", "/nothing", "/v1/latest?x=1", "/livez", "/readyz", "/metrics",
    "/v1/observations?signal=wholesale_volume&from=2010-01-01&to=2019-12-31&format=csv",
    "/v1/observations?signal=imbalance_price&from=2000-01-01&to=2030-01-01",
]
CLIENTS = 24
RESET = struct.pack("ii", 1, 0)


def request(dice: random.Random) -> bytes:
    """A request, most often with something wrong in it."""
    method = dice.choice(["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "BREW"])
    lines = [f"{method} {dice.choice(PATHS)} HTTP/1.1", "Host: h"]
    if dice.random() < 0.5:
        lines.append("Accept-Encoding: gzip")
    if dice.random() < 0.4:
        lines.append("Connection: close")
    body = b""
    wrong = dice.randrange(9)
    if wrong == 0:
        lines.append("X: " + "x" * 40_000)
    elif wrong == 1:
        lines.append(f"Content-Length: {dice.choice([9, 100_000])}")
        body = b"x" * dice.choice([1, 9, 90_000])
    elif wrong == 2:
        lines.append("Transfer-Encoding: chunked")
        body = dice.choice([b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"5\r\nhe", b"ffffffff\r\nxx"])
    sent = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    if wrong == 3:
        return sent[: dice.randrange(1, len(sent))]
    if wrong == 4:
        return sent * dice.choice([2, 8])
    if wrong == 5:
        return dice.randbytes(dice.randrange(1, 200))
    if wrong == 6:
        return sent.replace(b"HTTP/1.1", dice.choice([b"HTTP/9.9", b"HTTP/1.0", b"HTTP/2.0", b"JUNK"]))
    return sent


def exchange(port: int, dice: random.Random, tls: ssl.SSLContext | None) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        if dice.random() < 0.3:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client = plain
        if tls:
            if dice.random() < 0.15:
                # Not even a handshake.
                plain.sendall(bytes.fromhex("1603010200010001fc")[: dice.randrange(1, 9)])
                if dice.random() < 0.5:
                    plain.shutdown(socket.SHUT_WR)
                return
            client = tls.wrap_socket(plain)
        for _ in range(dice.choice([1, 1, 2, 5])):
            client.sendall(request(dice))
            if dice.random() < 0.15:
                # Nothing more will be sent, though an answer may be read.
                client.unwrap() if tls else client.shutdown(socket.SHUT_WR)
            if dice.random() < 0.7:
                client.settimeout(dice.choice([0.01, 0.05, 0.3]))
                try:
                    client.recv(dice.choice([1, 100, 65_536]))
                except TimeoutError:
                    pass


def main() -> None:
    port, exchanges, seed = (int(word) for word in sys.argv[1:4])
    tls = None
    if "--tls" in sys.argv:
        tls = ssl.create_default_context()
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    refused = []

    def client(number: int) -> None:
        dice = random.Random(f"{seed} {number}")
        for _ in range(exchanges // CLIENTS):
            try:
                exchange(port, dice, tls)
            except ConnectionRefusedError as error:
                refused.append(error)
                return
            except (OSError, ValueError):
                pass  # The server may end any of them; ssl says ValueError of one it has taken the layer off.

    clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    if refused:
        sys.exit(f"hostile.py: nobody listens on port {port} any more (seed {seed})")


main()
