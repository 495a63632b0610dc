"""Many requests at the same instant, each on a connection of its own."""

import threading

import pytest
from django.contrib.auth.models import User
from django.db import close_old_connections, connection

from crm_plugin.models import PreviewTurn
from crm_plugin.segments.turns import turn

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_more_than_two_and_one_of_each_editor_count_at_once():
    editors = [User.objects.create_user(f"editor-{number}") for number in range(4)]
    begin, held = threading.Barrier(8), threading.Barrier(8)
    granted, broken = [], []

    def ask(user):
        close_old_connections()
        try:
            begin.wait(60)
            with turn(user) as mine:
                held.wait(60)
                if mine.granted:
                    granted.append((user.pk, mine.place))
        except Exception as error:  # noqa: BLE001
            broken.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=ask, args=[user]) for user in editors for _twice in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert broken == []
    assert sorted(place for _user, place in granted) in ([1], [1, 2])
    assert len({user for user, _place in granted}) == len(granted)
    assert not PreviewTurn.objects.exclude(place=None).exists()
