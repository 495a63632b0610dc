import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests import factories

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = dt.datetime(2026, 5, 20, 12, 0, tzinfo=TOKYO)  # a Wednesday
TONIGHT = dt.datetime(2026, 5, 20, 18, 0, tzinfo=TOKYO)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def service(db):
    """Eight seats; on Wednesdays at 18:00 and 19:00, for 90 minutes."""
    service = factories.ServiceFactory(
        duration_minutes=90, lead_hours=2, days_ahead=14, max_party=6
    )
    factories.SlotFactory(service=service, starts=dt.time(18, 0))
    factories.SlotFactory(service=service, starts=dt.time(19, 0))
    return service
