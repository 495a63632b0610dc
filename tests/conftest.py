import gc
import random
import time
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.db import connection
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling

from crm_plugin.consents import triggers
from crm_plugin.personalisation import visit_segments
from crm_plugin.sales.stages import ensure as ensure_stages
from crm_plugin.snippets.roles import ensure_roles
from tests import factories, template
from tests.rules import world

# Screens, mails and words, the same on every database: marked ``once``.
ONCE = (
    *("snippets/", "forms/", "public/", "ui/", "example/", "management/"),
    *("test_house", "test_docs", "test_hostile", "test_permissions", "test_merge_tags"),
    *("imports/test_screens", "sales/test_screens", "rules/test_wording"),
    *("campaigns/test_doors", "campaigns/test_editor", "campaigns/test_compose"),
    *("campaigns/test_preview", "delivery/test_mime", "delivery/test_render"),
    *("bookings/test_messages", "bookings/test_ics", "bookings/test_calendar"),
    *("personalisation/test_blocks", "personalisation/test_members"),
    *("personalisation/test_visit", "segments/test_of_visits", "rules/test_visits"),
    *("intake/test_acknowledge", "contacts/duplicates/test_entry"),
)
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """All that is drawn in a run is drawn by one seed, which is told when one fails."""
    if config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(random.getrandbits(32))


def pytest_terminal_summary(terminalreporter, config):
    if terminalreporter.stats.keys() & {"failed", "error"}:
        seed = config.getoption("--hypothesis-seed")
        drawn = f"Drawn by --hypothesis-seed={seed}, CRM_WORLD_SEED={world.SEED}"
        terminalreporter.write_line(drawn)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What takes minutes starts first, so that the other tests run beside it."""
    items.sort(key=place)


def place(item):
    """The record as the example has it, before anybody works there; what is drawn by the
    thousand, and the browser's long road; what needs no database, while that road's one
    is made; what leaves no trace, the long race, what is flushed.
    """
    if "the_essentials_need_no_scrolling" in item.nodeid:
        return -2
    if "thousands_of_" in item.nodeid or "hundreds_of_" in item.nodeid:
        return -1
    if item.get_closest_marker("e2e"):
        return 0
    if not asks(item):
        return 1
    if "booking_race" in item.nodeid:
        return 3
    flushed = {"transactional_db", "live_server"} & {*item.fixturenames}
    return 4 if flushed or commits(item) else 2


def pytest_collection_finish():
    """What is loaded by now stays: the collector need not look through it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_itemcollected(item):
    path = item.path.relative_to(HERE).as_posix()
    if not asks(item) or (path.startswith(ONCE) and not commits(item)):
        item.add_marker(pytest.mark.once)


def asks(item):
    """Whether the test asks a database anything."""
    doors = {"db", "transactional_db", "live_server"}
    return bool(item.get_closest_marker("django_db") or doors & {*item.fixturenames})


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


@pytest.fixture(scope="session")
def django_db_keepdb(
    request,
    tmp_path_factory,
    django_db_keepdb,
    django_db_createdb,
    django_db_blocker,
    django_test_environment,
    django_db_modify_db_settings,
):
    """Whether the test database stands already: kept from before, or as a copy."""
    asked = any(item.get_closest_marker("django_db") for item in request.session.items)
    name = ""
    if asked and not django_db_keepdb and not django_db_createdb:
        with django_db_blocker.unblock():
            if connection.vendor == "sqlite":
                name = template.copied_file()
            elif hasattr(request.config, "workerinput"):
                template.copied_on_the_server(tmp_path_factory.getbasetemp().parent)
    yield django_db_keepdb or bool(name)
    if name:
        connection.close()
        template.remove(name)


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_setup, django_db_blocker):
    """The groups of the roles are there from the start: their rights are many rows.

    Without a test that asks for it there is no test database, but the one of settings.
    """
    if any(item.get_closest_marker("django_db") for item in request.session.items):
        with django_db_blocker.unblock():
            ensure_roles()
            return str(connection.settings_dict["NAME"])
    return ""


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
def no_segment_of_visits_yet():
    """A process that has looked for them and found none; saving one is noticed."""
    visit_segments._kept[:] = [(time.monotonic() + 3600, {})]


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
def stages(db):
    """The stages of deals and why one is lost, as a new installation has them."""
    ensure_stages()


@pytest.fixture
def known(db):
    """One of each thing that a rule can name."""
    factories.taste(factories.ContactFactory(), "lunch")
    for key, kind in (("points", "number"), ("wedding", "date"), ("vip", "yes_no")):
        factories.AttributeFactory(key=key, label=key.title(), type=kind)
    factories.CategoryFactory(key="lunch")
    factories.TopicFactory()
    factories.SegmentFactory(key="inner")


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

    def make(name):
        group = Group.objects.filter(name__iexact=name).first()
        if group is None:
            ensure_roles()
            group = Group.objects.get(name__iexact=name)
        user = User.objects.create_user(name, password=name)
        user.groups.add(group)
        return user

    return make
