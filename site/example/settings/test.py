"""Settings of the test suite: quick hashing, a cache per process, no worker."""

import os

from .base import *  # noqa: F403
from .base import CACHES, DATABASES, Q_CLUSTER, VAR

DEBUG = False
ALLOWED_HOSTS = ["*"]
LANGUAGE_CODE = "en"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
if not os.environ.get("REDIS_URL"):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
elif worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # Emptying the cache empties a whole Redis database: one for each test process.
    number = 2 + int(worker.removeprefix("gw")) % 12
    server = os.environ["REDIS_URL"].rsplit("/", 1)[0]
    CACHES["default"]["LOCATION"] = f"{server}/{number}"
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {
        "NAME": os.environ.get("TEST_DATABASE_NAME", str(VAR / "test.sqlite3"))
    }
(VAR / "static").mkdir(parents=True, exist_ok=True)
Q_CLUSTER = {**Q_CLUSTER, "sync": False}
EXAMPLE_MAILBOX = EXAMPLE_TESTING = True
