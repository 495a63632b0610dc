"""Proof of work in a real browser, on a site that asks for it."""

import hashlib
import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from .barriers import barriers
from .conftest import ROOT, free_port, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
BITS = 12
SAID = {
    "family_name": "Sato",
    "given_name": "Hanako",
    "email": "hanako@mail.example",
    "message": "Is there a step at the door?",
}
SERVE = """
import os, sys
sys.path[:0] = [{root!r}, {root!r} + "/site"]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example.settings.dev")
from example.settings import dev
dev.CRM_PROOF_OF_WORK = {bits}
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "migrate", "-v0"])
execute_from_command_line(["manage.py", "createcachetable"])
from django.core.management import call_command
from example.content import pages, shop
call_command("crm_setup", verbosity=0)
shop.build_shop(); shop.build_segments(); pages.build_pages()
execute_from_command_line(["manage.py", "runserver", "--noreload", "127.0.0.1:{port}"])
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A site of its own that asks every form for work; its address."""
    folder = tmp_path_factory.mktemp("strict")
    port, log = free_port(), folder / "site.log"
    environ = {**os.environ, "EXAMPLE_VAR": str(folder)}
    environ.pop("DATABASE_URL", None)
    environ["DJANGO_SETTINGS_MODULE"] = "example.settings.dev"
    script = SERVE.format(root=str(ROOT), bits=BITS, port=port)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/en/inquiry/", process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def fill(page):
    for name, value in SAID.items():
        page.locator(f"[name={name}]").fill(value)


def work_of(page):
    field = page.locator("[data-crm-work]")
    return field.get_attribute("data-crm-challenge"), field.input_value()


def test_the_browser_finds_the_number_while_somebody_types(chromium, strict):
    page = chromium.new_context(base_url=strict, locale="en-US").new_page()
    page.goto("/en/inquiry/")
    assert work_of(page)[1] == ""
    assert not barriers(page)
    fill(page)
    page.wait_for_function("document.querySelector('[data-crm-work]').value !== ''")
    expect(page.get_by_text("Your browser runs no scripts")).to_have_count(0)
    challenge, answer = work_of(page)
    digest = hashlib.sha256(f"{challenge}{answer}".encode()).digest()
    assert int.from_bytes(digest, "big") >> (256 - BITS) == 0
    page.wait_for_timeout(2_500)
    page.locator(".crm-form__submit button").click()
    expect(page.locator(".crm-thanks")).to_be_visible()
    page.context.close()


def test_whoever_presses_at_once_is_told_to_wait_and_sent_on(chromium, strict):
    page = chromium.new_context(base_url=strict, locale="en-US").new_page()
    page.goto("/en/inquiry/")
    for name, value in SAID.items():
        # Without touching the form, as an extension of the browser fills it in.
        field = page.locator(f"[name={name}]")
        field.evaluate("(field, value) => { field.value = value; }", value)
    page.locator(".crm-form__submit button").click()
    expect(page.locator(".crm-thanks")).to_be_visible()
    page.context.close()


def test_without_scripts_the_form_says_what_happens_and_is_sent(chromium, strict):
    context = chromium.new_context(
        base_url=strict, locale="en-US", java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/en/inquiry/")
    expect(page.get_by_text("a person looks at it first")).to_be_visible()
    fill(page)
    page.locator(".crm-form__submit button").click()
    expect(page.locator(".crm-thanks")).to_be_visible()
    context.close()
