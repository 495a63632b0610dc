from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling

from crm_plugin.consents import triggers
from tests import factories

# Screens and plain functions, the same on every database: marked ``once``.
ONCE = (
    *("snippets", "forms", "public", "ui", "normalise", "sheets", "example"),
    "test_house.py",
    *("test_docs.py", "test_hostile.py", "test_permissions.py"),
)
HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The browser's long road starts first, so that the other tests run beside it."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


def pytest_itemcollected(item):
    if item.path.relative_to(HERE).parts[0] in ONCE and not commits(item):
        item.add_marker(pytest.mark.once)


def commits(item):
    """Whether the test watches transactions, which differ from database to database."""
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


# What shares one costly thing (a running site, the loaded example) stays with one worker.
TOGETHER = (
    *("tests/e2e/", "tests/packaging/"),
    *("tests/example/test_pages.py", "tests/example/test_load"),
)


class Together(LoadScopeScheduling):
    """Each test goes to whichever worker is free, except those that stay together."""

    def _split_scope(self, nodeid):
        return next((part for part in TOGETHER if nodeid.startswith(part)), nodeid)


def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


@pytest.fixture(autouse=True)
def _ledger_can_be_flushed(request):
    """A transactional test is flushed afterwards, which the ledger's triggers forbid."""
    marker = request.node.get_closest_marker("django_db")
    flushes = {"transactional_db", "live_server"} & set(request.fixturenames)
    if flushes:
        request.getfixturevalue("transactional_db")
    yield
    if flushes or (marker and marker.kwargs.get("transaction")):
        triggers.empty()


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    """No test inherits what another one cached or counted, in Redis for ten minutes."""
    cache.clear()


@pytest.fixture(autouse=True)
def in_english():
    """No test inherits the language that another one left behind."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture
def contact(db):
    return factories.ContactFactory(email="hanako@mail.example", phone="+819012345678")


@pytest.fixture
def owner(db):
    """The shop's owner: may do everything (a superuser)."""
    return User.objects.create_superuser("owner", "owner@hinata.example", "owner")


@pytest.fixture
def outsider(db):
    """Somebody who edits pages in the admin and has no right in the CRM."""
    user = User.objects.create_user("outsider", password="outsider")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return user


@pytest.fixture
def role(db):
    """Make a user of one role of ``crm_setup``: ``role("staff")``."""
    from django.core.management import call_command

    def make(name):
        call_command("crm_setup", verbosity=0)
        user = User.objects.create_user(name, password=name)
        user.groups.add(Group.objects.get(name__iexact=name))
        return user

    return make
