import socket

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from example.logins import LOGINS, ensure_logins
from example.management.commands import demo


@pytest.fixture
def taken_port():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def debug(settings):
    settings.DEBUG = True


def test_a_taken_port_is_named_with_the_way_out(debug, taken_port, monkeypatch):
    monkeypatch.setenv("PORT", str(taken_port))
    with pytest.raises(CommandError) as caught:
        call_command("demo")
    assert f"Port {taken_port} is taken" in str(caught.value)
    assert f"PORT={taken_port + 1} make demo" in str(caught.value)
    assert caught.value.returncode == 1


@pytest.mark.parametrize("said", ["abc", "0", "70000", "-1", "80 80"])
def test_a_port_that_is_none_is_refused(debug, monkeypatch, said):
    monkeypatch.setenv("PORT", said)
    with pytest.raises(CommandError, match="must be a port number"):
        call_command("demo")


def test_the_mail_sink_moves_by_itself_when_its_port_is_taken(
    debug, taken_port, monkeypatch
):
    monkeypatch.delenv("SMTP_PORT", raising=False)
    found = demo.Command()._port("SMTP_PORT", str(taken_port), search=True)
    assert found > taken_port


def test_the_demo_does_not_run_on_a_real_server(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG only"):
        call_command("demo")


@pytest.fixture
def logins(db, debug):
    call_command("crm_setup", verbosity=0)
    ensure_logins()


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.name)
def test_the_demos_passwords_open_nothing_without_debug(logins, settings, login):
    assert authenticate(username=login.name, password=login.password)
    settings.DEBUG = False
    assert authenticate(username=login.name, password=login.password) is None


def test_each_role_has_its_login(logins):
    groups = dict(User.objects.values_list("username", "groups__name"))
    assert groups == {"owner": "Owner", "marketer": "Marketer", "staff": "Staff"}


def test_a_child_that_died_is_quoted(settings, tmp_path):
    settings.VAR = tmp_path
    command = demo.Command()
    command.log("web").parent.mkdir()
    command.log("web").write_text("first\nAddress already in use\n")
    assert "Address already in use" in str(command.failure("web", "ended with 1"))
