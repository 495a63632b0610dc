import os
import smtplib
import socket
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller

from example import sink

HTML = "<html><head></head><body><script>alert(1)</script>Guten Tag</body></html>"


def letter(recipient="hanako@mail.example", **headers):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "h@hinata.example", recipient, "お便り"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("こんにちは http://testserver/ja/")
    mail.add_alternative(HTML, subtype="html")
    return mail


def put(folder, name, mail, *, at=1_000):
    path = folder / f"{name}.eml"
    head = f"X-Envelope-To: {mail['To']}\r\n".encode()
    path.write_bytes(head + mail.as_bytes())
    os.utime(path, (at, at))


@pytest.fixture
def refused(settings, db):
    settings.EXAMPLE_TESTING = False
    settings.DEBUG = False


@pytest.mark.parametrize("path", ["/mailbox/", "/mailbox/abc/", "/mailbox/abc/body/"])
def test_the_mailbox_does_not_exist_without_debug(mailbox, refused, client, path):
    put(mailbox, "abc", letter())
    assert client.get(path).status_code == 404


def test_the_mailbox_does_not_exist_unless_asked_for(mailbox, settings, client, db):
    settings.EXAMPLE_MAILBOX = False
    assert client.get("/mailbox/").status_code == 404


def test_the_newest_mail_stands_first(mailbox, client, db):
    put(mailbox, "old", letter("old@mail.example"), at=1_000)
    put(mailbox, "new", letter("new@mail.example"), at=2_000)
    html = client.get("/mailbox/").content.decode()
    assert html.index("new@mail.example") < html.index("old@mail.example")


def test_the_mailbox_shows_one_recipient_only(mailbox, client, db):
    put(mailbox, "a", letter("hanako@mail.example"))
    put(mailbox, "b", letter("taro@mail.example"))
    html = client.get("/mailbox/", {"to": "HANAKO@"}).content.decode()
    assert "hanako@mail.example" in html
    assert "taro@mail.example" not in html


def test_a_mail_shows_text_and_headers_but_runs_nothing(mailbox, client, db):
    put(mailbox, "a", letter(List_Unsubscribe="<http://testserver/crm/u/x>"))
    html = client.get("/mailbox/a/").content.decode()
    assert "こんにちは" in html
    assert "List-Unsubscribe" in html
    assert "alert(1)" not in html
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in html


def test_the_html_part_may_run_no_script(mailbox, client, db):
    put(mailbox, "a", letter())
    policy = client.get("/mailbox/a/body/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy


@pytest.mark.parametrize("name", ["missing", "..", "a.b", "%2e%2e%2fsecret"])
def test_no_other_file_can_be_read(mailbox, client, db, name):
    (mailbox.parent / "secret.eml").write_bytes(b"Subject: secret")
    assert client.get(f"/mailbox/{name}/").status_code == 404


def test_a_broken_mail_does_not_break_the_list(mailbox, client, db):
    (mailbox / "odd.eml").write_bytes(b"\xff\xfe\x00 no mail at all")
    assert client.get("/mailbox/").status_code == 200
    assert client.get("/mailbox/odd/").status_code == 200


def test_one_click_posts_as_a_mail_client_does(mailbox, client, db, monkeypatch):
    posted = []

    class Browser:
        def __init__(self, **options):
            assert options["enforce_csrf_checks"]

        def post(self, path, data):
            posted.append((path, data))
            return type("Answer", (), {"status_code": 200})

    monkeypatch.setattr("example.mailbox.Client", Browser)
    headers = {
        "List_Unsubscribe": "<mailto:x@y.example>, <https://hinata.example/crm/u/abc>",
        "List_Unsubscribe_Post": "List-Unsubscribe=One-Click",
    }
    put(mailbox, "a", letter(**headers))
    answer = client.post("/mailbox/a/one-click/")
    assert answer["Location"].endswith("unsubscribed=200")
    assert posted == [("/crm/u/abc", {"List-Unsubscribe": "One-Click"})]


def test_a_mail_without_the_header_offers_no_one_click(mailbox, client, db):
    put(mailbox, "a", letter(List_Unsubscribe="<https://hinata.example/crm/u/abc>"))
    assert "one-click" not in client.get("/mailbox/a/").content.decode()
    assert client.post("/mailbox/a/one-click/").status_code == 404


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_sink_keeps_what_a_mail_server_hands_over(mailbox):
    port = free_port()
    controller = Controller(
        sink.KeepMessages(mailbox), hostname="127.0.0.1", port=port, ready_timeout=20
    )
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", port) as server:
            server.send_message(letter(), to_addrs=["hidden@mail.example"])
    finally:
        controller.stop()
    (mail,) = sink.mails()
    assert mail.recipient == "hidden@mail.example"
    assert mail.subject == "お便り"
    assert not list(mailbox.glob("*.part"))
