"""What something else names is not deleted, and the reader is told why."""

import pytest
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(contact):
    """A delivery, which names a topic and a sender, and a booking of a service."""
    delivery = factories.DeliveryFactory(contact=contact)
    booking = factories.BookingFactory(contact=contact)
    return {
        "crm_topic": delivery.topic,
        "crm_sender": delivery.sender,
        "crm_service": booking.service,
    }


@pytest.mark.parametrize("space", ["crm_topic", "crm_sender", "crm_service"])
def test_deleting_what_is_in_use_deletes_nothing_and_says_so(
    client, owner, used, space
):
    client.force_login(owner)
    row = used[space]
    url = reverse(f"{space}:delete", args=[row.pk])
    shown = client.post(url, follow=True)
    assert type(row).objects.filter(pk=row.pk).exists()
    assert "is in use" in shown.text
