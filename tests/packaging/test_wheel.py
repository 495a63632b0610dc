"""The wheel alone makes a bare Wagtail project a CRM, by the documented block."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def run(*words, cwd, **environ):
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ".", cwd=ROOT)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_templates_static_files_locale_and_migrations(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "templates/crm_plugin/ui/chart.html",
        "static/crm_plugin/reports.css",
        "locale/ja/LC_MESSAGES/django.mo",
        "migrations/0001_initial.py",
    ):
        assert f"crm_plugin/{part}" in names
    assert not [name for name in names if name.startswith(("site/", "tests/"))]


def documented_blocks():
    text = (ROOT / "docs" / "settings.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (route,) = [block for block in blocks if "urlpatterns" in block]
    settings = blocks[: blocks.index(route)]
    return "".join(settings), route.strip()


@pytest.fixture(scope="module")
def manage(wheel, tmp_path_factory):
    """``manage.py`` of a project from ``wagtail start`` with the documented block."""
    folder = tmp_path_factory.mktemp("bare")
    installed = folder / "installed"
    words = ["-m", "pip", "install", "-q", "--no-deps", "--target", installed, wheel]
    run(*words, cwd=folder)
    make = "from wagtail.bin.wagtail import main; main()"
    run("-c", make, "start", "bare", cwd=folder)
    project = folder / "bare"
    settings, route = documented_blocks()
    base = project / "bare" / "settings" / "base.py"
    base.write_text(base.read_text() + settings)
    urls = project / "bare" / "urls.py"
    urls.write_text(f"{urls.read_text()}\n{route}\n")
    env = {"PYTHONPATH": str(installed), "DJANGO_SETTINGS_MODULE": "bare.settings.dev"}

    def manage(*words):
        return run("manage.py", *words, cwd=project, **env)

    for words in (["migrate", "-v0"], ["createcachetable"], ["crm_setup"], ["check"]):
        manage(*words)
    manage.project = project
    return manage


def test_a_bare_project_becomes_a_crm_by_the_documented_block(manage):
    manage("makemigrations", "--check", "--dry-run", "crm_plugin")
    look = """
from django.contrib.auth.models import User
from django.test import Client
user = User.objects.create_superuser("owner", "o@example.com", "owner")
client = Client(SERVER_NAME="localhost")
client.force_login(user)
print(client.get("/admin/crm/contacts/", follow=True).status_code)
"""
    assert manage("shell", "-c", look).split()[-1] == "200"


def test_the_pages_of_the_readme_take_an_inquiry(manage):
    text = (ROOT / "README.md").read_text()
    (models,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    home, form = re.findall(r"```\n(\{%.*?)```", text, re.DOTALL)
    app = manage.project / "home"
    (app / "models.py").write_text(models)
    (app / "templates" / "home" / "home_page.html").write_text(home)
    (app / "templates" / "home" / "inquiry_page.html").write_text(form)
    manage("makemigrations", "home", "--noinput")
    manage("migrate", "-v0")
    look = """
from django.test import Client
from home.models import HomePage, InquiryFormField, InquiryPage
home = HomePage.objects.get()
page = home.add_child(instance=InquiryPage(title="Ask", slug="ask"))
InquiryFormField.objects.create(
    page=page, label="Name", clean_name="name", field_type="mapped",
    maps_to="contact.name",
)
client = Client(SERVER_NAME="localhost")
print(client.get("/").status_code, 'name="name"' in client.get("/ask/").content.decode())
"""
    assert manage("shell", "-c", look).split()[-2:] == ["200", "True"]
