import pytest

from crm_plugin import rules
from tests.rules.replay import load
from tests.rules.world import build


@pytest.fixture
def world(db):
    build()
    return load()


@pytest.fixture
def remembered():
    """What rules name is read once, where no drawn case changes it."""
    with rules.remembering():
        yield
