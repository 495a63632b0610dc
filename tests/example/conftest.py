import pytest
from django.core.management import call_command

from example.content import pages, shop


@pytest.fixture
def hinata(db):
    """The shop and its pages in both languages, without guests."""
    call_command("crm_setup", verbosity=0)
    shop.build_shop()
    shop.build_segments()
    return pages.build_pages()


@pytest.fixture
def mailbox(settings, tmp_path):
    """An empty mailbox folder."""
    settings.MAILBOX_DIR = tmp_path
    return tmp_path
