"""The life of the emulator process: proof of life, saving while it runs, ending with its parent."""

import fcntl
import logging
import os
import signal
import threading
import time
from pathlib import Path


def lock_hold(path: Path):
    """Takes the lock and writes our pid into it. Returns the open file, or None when another process holds it.

    A lock of the kernel rather than a pid file: it vanishes with the process, and a pid that was given to somebody
    else can't be mistaken for an emulator.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def save_periodically(seconds: float) -> None:
    """Saves the state every so often, and at once on SIGUSR1: MiniStack by itself saves only when it is stopped."""
    logging.getLogger("persistence").setLevel(logging.WARNING)
    asked = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: asked.set())

    def loop() -> None:
        from ministack import app

        while True:
            asked.wait(seconds)
            asked.clear()
            try:
                app.save_all(app._build_persistence_save_dict())
            except Exception:
                # A service changed its state while it was being read: the next round has it.
                logging.getLogger("launcher").info("periodic save postponed", exc_info=True)

    threading.Thread(target=loop, daemon=True, name="periodic-save").start()


def stop_with_parent() -> None:
    """Ends the emulator when the process that started it is gone: a killed test run leaves no server behind."""
    parent = os.getppid()

    def loop() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        # Nobody waits for the state of an orphan: the whole group goes, the functions' processes included.
        os.killpg(os.getpgrp(), signal.SIGKILL)

    if os.getpgrp() == os.getpid():
        threading.Thread(target=loop, daemon=True, name="stop-with-parent").start()
