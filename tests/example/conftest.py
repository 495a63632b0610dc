import pytest
from django.core.management import call_command
from django.db import transaction

from crm_plugin.personalisation import visit_segments
from example.content import pages, shop


class Forget(Exception):
    """Raised to roll back what a module had loaded."""


@pytest.fixture(scope="module")
def opened(django_db_setup, django_db_blocker):
    """The shop and its pages, built once for a module and forgotten after it."""
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                call_command("crm_setup", verbosity=0)
                shop.build_shop()
                shop.build_segments()
                pages.build_pages()
                yield
                raise Forget
        except Forget:
            pass


@pytest.fixture
def hinata(opened, db):
    """The shop and its pages in both languages, without guests.

    They were there before this test, so that it must look its segments of visits up.
    """
    visit_segments._kept.clear()


@pytest.fixture
def mailbox(settings, tmp_path):
    """An empty mailbox folder."""
    settings.MAILBOX_DIR = tmp_path
    return tmp_path
