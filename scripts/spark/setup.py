#!/usr/bin/env python3
"""Sets up Apache Spark for scripts/spark/job.py: what `make spark` calls.

PySpark goes into an environment of its own, .setup/spark, out of the Python
package index (about 450 MB, once). Spark runs on Java 17 or later, which is the
system's: where it is missing, this says what to install, and ends with 1.
"""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import own_venv
from minilm import SetupError

# PySpark is published as a source package alone: its setup.py is run.
PYSPARK = ["--no-binary=pyspark", "pyspark==4.3.0"]
JAVA = 17


def java_fault():
    """Why there is no Java that Spark runs on; None where there is one."""
    remedy = f"Spark needs Java {JAVA} or later (Debian: apt-get install openjdk-17-jre-headless)"
    if not shutil.which("java"):
        return f"there is no java on PATH. {remedy}"
    said = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < JAVA:
        return f"java -version says {said.strip()[:60]!r}. {remedy}"
    return None


if __name__ == "__main__":
    fault = java_fault()
    if fault:
        sys.exit(f"setup.py: {fault}")
    try:
        python = own_venv.make(ROOT / ".setup" / "spark", PYSPARK)
    except SetupError as error:
        sys.exit(f"setup.py: {error}")
    print(f"Spark is ready: {python.relative_to(ROOT)} scripts/spark/job.py --help")
