"""The settings of the test suite: the product's own, with the few differences that tests need.

DATABASE_URL and REDIS_URL choose the services; without them the suite runs on SQLite and without Redis.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

_SCRATCH = Path(tempfile.mkdtemp(prefix="nlpadmin-tests-"))
atexit.register(shutil.rmtree, _SCRATCH, ignore_errors=True)

os.environ.setdefault("NLPADMIN_DEMO", "1")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
os.environ["VAR_DIR"] = str(_SCRATCH)
# Processes that a test starts inherit it: they speak to the same cache.
os.environ["CACHE_KEY_PREFIX"] = f"nlpadmin-tests-{os.getpid()}"

from nlpadmin.settings import *  # noqa: E402, F403
from nlpadmin.settings import DATABASES, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
# A hash that takes no time: the strength of the shipped ones is a test of its own.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file and not memory: workers started by a test are processes of their own.
    DATABASES["default"]["TEST"]["NAME"] = str(_SCRATCH / "test.sqlite3")
