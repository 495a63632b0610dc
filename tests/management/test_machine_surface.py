"""Every command: ``--help``, ``--json`` as one object on the last line, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands

from crm_plugin import queue
from tests import factories

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(name for name, app in get_commands().items() if app == "crm_plugin")
GUESTS = (
    "\u540d\u524d,\u30e1\u30fc\u30eb\n\u4f50\u85e4 \u82b1\u5b50,hanako@mail.example\n"
)


@pytest.fixture
def successes(db, tmp_path):
    """A call of each command that succeeds."""
    call_command("crm_setup", verbosity=0)
    factories.SenderFactory()
    factories.SegmentFactory(key="all")
    queue.beat()
    sheet = tmp_path / "guests.csv"
    sheet.write_text(GUESTS)
    return {
        "crm_doctor": [],
        "crm_duplicates": ["--min-score", "0.9"],
        "crm_import": [str(sheet), "--noun", "contacts", "--dry-run"],
        "crm_kpi": ["stages"],
        "crm_segment": ["all", "--count", "--stored"],
        "crm_setup": [],
        "crm_work": ["changes"],
    }


FAILURES = {
    "crm_doctor": [],
    "crm_duplicates": ["--min-score", "2"],
    "crm_import": ["no-such-file.csv"],
    "crm_kpi": ["nonsense"],
    "crm_segment": ["nonsense"],
    "crm_work": ["nonsense"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_it_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command(command, "--help")
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_last_line_is_one_json_object(command, successes, capsys):
    call_command(command, *successes[command], "--json")
    (line,) = capsys.readouterr().out.splitlines()
    assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize("command", COMMANDS)
def test_people_read_words_not_json(command, successes, capsys):
    call_command(command, *successes[command])
    assert "{" not in capsys.readouterr().out


@pytest.mark.parametrize("command", FAILURES)
def test_a_failure_is_told_to_scripts_too(command, db, capsys):
    with pytest.raises(CommandError):
        call_command(command, *FAILURES[command], "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]


def test_the_exit_code_is_1_on_failure():
    ended = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "crm_kpi", "nonsense", "--json"],
        capture_output=True,
        env=os.environ,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 1
    assert "Unknown KPI" in json.loads(ended.stdout.splitlines()[-1])["error"]
