import struct
import unittest

import wire


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


GREETING = struct.pack("!II", 8, 80877103) + struct.pack("!II", 20, 196608) + b"user\0me\0\0\0\0\0"
SYNC = message(b"S", b"")
REST = message(b"B", b"\0\0\0\0\0\0\0\0") + message(b"E", b"\0\0\0\0\0")


def parse(text):
    return message(b"P", b"\0" + text + b"\0\0\0")


class Frontend(unittest.TestCase):
    def commits(self, data, size=None):
        frontend = wire.Frontend()
        size = size or len(data)
        found = [one for start in range(0, len(data), size) for one in frontend.feed(data[start:start + size])]
        self.assertEqual(b"".join(one for one, _ in found), data)
        return [one for one, commits in found if commits]

    def test_a_commit_is_known_in_both_protocols(self):
        plain = message(b"Q", b"commit;\0")
        self.assertEqual(self.commits(GREETING + plain), [plain])
        self.assertEqual(self.commits(GREETING + parse(b"COMMIT") + REST + SYNC), [SYNC])

    def test_it_may_come_a_byte_at_a_time(self):
        data = GREETING + parse(b"BEGIN") + REST + SYNC + parse(b"COMMIT") + REST + SYNC
        self.assertEqual(self.commits(data, size=1), [SYNC])

    def test_other_statements_are_none(self):
        data = GREETING + message(b"Q", b"SELECT 'COMMIT'\0") + parse(b"ROLLBACK") + REST + SYNC + SYNC
        self.assertEqual(self.commits(data), [])
