"""The settings of the suite, as fast as it gets: SQLite in memory and no cache; tests that start processes are skipped.

pytest --ds=tests.settings_memory
"""

import os

os.environ |= {"DATABASE_URL": "", "REDIS_URL": "", "ENABLE_CACHING": "false", "ECHO": "false"}

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

# Without a name of its own Django makes the test database in memory.
DATABASES["default"]["TEST"] = {}
