"""What a client of PostgreSQL says, a message at a time: enough to know a COMMIT when it comes by."""

import struct

_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
_HEAD = struct.Struct("!I")


class Frontend:
    """Cuts a client's bytes into messages.

    Source: PostgreSQL's documentation, "Message Formats". The first messages have no type; after a request for
    encryption, which our servers refuse, another such message follows.
    """

    def __init__(self):
        self._bytes = bytearray()
        self._is_started = False
        self._commits = False

    def feed(self, data):
        """Yields (message, commits): the second is true of the message after which the server carries a COMMIT out."""
        self._bytes += data
        while message := self._next():
            yield message, self._is_commit(message)

    def _next(self):
        before = 1 if self._is_started else 0
        if len(self._bytes) < before + 4:
            return None
        length = before + _HEAD.unpack_from(self._bytes, before)[0]
        if len(self._bytes) < length:
            return None
        message = bytes(self._bytes[:length])
        del self._bytes[:length]
        if not self._is_started and _HEAD.unpack_from(message, 4)[0] not in (_SSL_REQUEST, _GSS_REQUEST):
            self._is_started = True
        return message

    def _is_commit(self, message):
        kind = message[:1]
        if kind == b"Q":
            return _says_commit(message[5:-1])
        if kind == b"P":
            # The statement's name, then its text; it is carried out by the time the Sync behind it is answered.
            self._commits = _says_commit(message[5:].split(b"\0")[1])
        elif kind == b"S":
            commits, self._commits = self._commits, False
            return commits
        return False


def _says_commit(text):
    return text.strip().upper().rstrip(b";") in (b"COMMIT", b"END")
