"""Runs a script again inside a virtual environment of its own.

The environment lies in .setup/ beside the sources (not in git), is made once
by name, and holds exactly the pinned packages asked for. Nothing outside it is
installed or changed.
"""

import os
import pathlib
import shutil
import sys

from minilm import SetupError, run

ROOT = pathlib.Path(__file__).resolve().parent.parent


def make(folder, requirements):
    """Makes the environment in `folder`, or keeps the one with these packages; returns its python."""
    folder = pathlib.Path(folder)
    python = folder / "bin" / "python"
    stamp = folder / "requirements.txt"
    wanted = "".join(line + "\n" for line in requirements)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    remedy = "It needs Python 3.9 or later with venv and pip (Debian: apt-get install python3-venv python3-pip)."
    run([sys.executable, "-m", "venv", str(folder)], f"making a Python environment in {folder}", remedy)
    run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--only-binary=:all:", *requirements],
        f"installing {', '.join(requirements)}",
        "Check that the Python package index is reachable.",
    )
    stamp.write_text(wanted)
    return python


def rerun_inside(name, requirements):
    """Replaces this process by the same script inside .setup/NAME, unless it runs there already."""
    if os.environ.get("RB_VENV") == name:
        return
    try:
        python = make(ROOT / ".setup" / name, requirements)
    except SetupError as error:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {error}")
    os.execve(python, [str(python), *sys.argv], {**os.environ, "RB_VENV": name})
