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
    return blocks[0] + blocks[1], blocks[2].strip()


def test_a_bare_project_becomes_a_crm_by_the_documented_block(wheel, tmp_path):
    installed = tmp_path / "installed"
    run(
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--target",
        installed,
        wheel,
        cwd=tmp_path,
    )
    make = "from wagtail.bin.wagtail import main; main()"
    run("-c", make, "start", "bare", cwd=tmp_path)
    project = tmp_path / "bare"
    settings, route = documented_blocks()
    base = project / "bare" / "settings" / "base.py"
    base.write_text(base.read_text() + settings)
    urls = project / "bare" / "urls.py"
    urls.write_text(f"{urls.read_text()}\n{route}\n")
    env = {"PYTHONPATH": str(installed), "DJANGO_SETTINGS_MODULE": "bare.settings.dev"}
    for command in (["migrate", "-v0"], ["createcachetable"], ["crm_setup"], ["check"]):
        run("manage.py", *command, cwd=project, **env)
    run(
        "manage.py",
        "makemigrations",
        "--check",
        "--dry-run",
        "crm_plugin",
        cwd=project,
        **env,
    )
    look = """
from django.contrib.auth.models import User
from django.test import Client
user = User.objects.create_superuser("owner", "o@example.com", "owner")
client = Client(SERVER_NAME="localhost")
client.force_login(user)
print(client.get("/admin/crm/contacts/", follow=True).status_code)
"""
    assert (
        run("manage.py", "shell", "-c", look, cwd=project, **env).split()[-1] == "200"
    )
