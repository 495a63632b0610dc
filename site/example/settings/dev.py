"""Settings of `make demo`: debug pages, a visible mailbox, example logins."""

from .base import *  # noqa: F403
from .base import Q_CLUSTER

DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
EXAMPLE_MAILBOX = True
Q_CLUSTER = {**Q_CLUSTER, "log_level": "WARNING"}
