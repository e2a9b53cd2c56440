"""The launcher refuses what it wasn't made for, before it listens anywhere."""

import subprocess
import sys
from pathlib import Path

import launcher
import pytest
from gapfill import lifecycle

LAUNCHER = Path(launcher.__file__)


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setitem(launcher.REQUIRED, "ministack", "0.0.0")
    with pytest.raises(SystemExit) as refusal:
        launcher.refuse_other_versions()
    assert refusal.value.code == launcher.WRONG_VERSION


def test_the_pinned_versions_are_those_installed():
    launcher.refuse_other_versions()


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", ""])
def test_only_loopback_is_bound(tmp_path, address):
    started = subprocess.run(
        [sys.executable, LAUNCHER, "--lock-file", tmp_path / "lock"],
        env={"BIND_HOST": address, "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == launcher.WRONG_VERSION
    assert "loopback" in started.stderr


def test_one_emulator_per_state(tmp_path):
    held = lifecycle.lock_hold(tmp_path / "lock")
    assert held is not None
    assert lifecycle.lock_hold(tmp_path / "lock") is None
    held.close()
    assert lifecycle.lock_hold(tmp_path / "lock") is not None
