"""The real server on a database with known values, for all tests of a class."""

import unittest

import data
from stage import PROGRAM, Database, Page, Server


class Filled(unittest.TestCase):
    fill = staticmethod(data.fill)

    @classmethod
    def setUpClass(cls):
        cls.database = Database(PROGRAM)
        cls.addClassCleanup(cls.database.drop)
        cls.fill(cls.database)
        cls.server = Server(cls.database).start()
        cls.addClassCleanup(cls.server.stop)


class Opened(Filled):
    """With one page, opened anew for each test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = Page()
        cls.addClassCleanup(cls.page.close)

    def setUp(self):
        self.page.open(self.server.url)
        self.page.until("the stream is open", lambda: self.page.text("#link") == "live")


class Faultless(Opened):
    """Each test must end without an error on the page."""

    def tearDown(self):
        self.assertEqual(self.page.errors(), [])
