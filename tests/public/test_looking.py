"""Looking at a page behind a link changes nothing, however and however often."""

import pytest
from django.urls import reverse

from tests.permission_world import World
from tests.test_permissions import written

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ROUTES = ("confirm", "preferences", "unsubscribe", "view")
SCANNERS = [
    "",
    "Mozilla/5.0 (compatible; Barracuda Sentinel)",
    "Microsoft Office/16.0 (Microsoft Outlook Mail; SafeLinks)",
    "GoogleImageProxy",
    "python-requests/2.31",
]


@pytest.mark.parametrize("verb", ["get", "head", "options", "put", "delete", "patch"])
def test_no_way_of_looking_writes_anything(client, verb):
    world = World()
    addresses = [world.url(f"crm:{name}", ("token",)) for name in ROUTES]
    addresses += [reverse("crm:forget"), reverse("crm:ask_preferences")]
    before = written()
    for agent in SCANNERS:
        for address in addresses:
            for extra in ("", "?page=1&everything=1&topic=x&nothing=1"):
                answer = getattr(client, verb)(
                    address + extra, headers={"user-agent": agent}
                )
                assert answer.status_code in (200, 405)
    assert written() == before
    assert "crm_visitor" not in client.cookies


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("verb", ["get", "post"])
def test_after_erasure_every_link_says_so_and_does_nothing(client, route, verb):
    world = World()
    address = world.url(f"crm:{route}", ("token",))
    world.contact.delete()
    for _time in range(2):
        answer = getattr(client, verb)(address)
        assert answer.status_code < 500
        assert "Himitsuyama" not in answer.content.decode()
        assert "himitsu@" not in answer.content.decode()
    assert "crm_visitor" not in client.cookies
