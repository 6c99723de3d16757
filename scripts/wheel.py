#!/usr/bin/env python3
"""The tools as a Python wheel, so that `pip install rb_tools-….whl` puts them on the path.

  scripts/wheel.py FOLDER VERSION OUT     FOLDER: rb-* and LICENSE

A wheel is a zip file (PyPA's binary distribution format); programs in its .data/scripts
go to the environment's bin. Nothing in it is Python. Prints the wheel's path.
"""
import base64
import hashlib
import pathlib
import re
import sys
import sysconfig
import zipfile

METADATA = """Metadata-Version: 2.1
Name: rb-tools
Version: {version}
Summary: The Unix toolkit for LLM routing: fit, apply, score and compare routers on benchmark results
License: MIT
Description-Content-Type: text/markdown

{readme}"""

WHEEL = """Wheel-Version: 1.0
Generator: rb-tools scripts/wheel.py
Root-Is-Purelib: false
Tag: {tag}
"""


def main():
    folder, version, out = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    # Made where the tools were: for this system and its C library or a newer one.
    tag = "py3-none-" + re.sub(r"[-.]", "_", sysconfig.get_platform())
    info = f"rb_tools-{version}.dist-info"
    files = [(f"rb_tools-{version}.data/scripts/{p.name}", p.read_bytes(), 0o755) for p in sorted(folder.glob("rb-*"))]
    if not files:
        sys.exit(f"{folder} holds no rb-* programs")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    files += [
        (f"{info}/METADATA", METADATA.format(version=version, readme=readme).encode(), 0o644),
        (f"{info}/WHEEL", WHEEL.format(tag=tag).encode(), 0o644),
        (f"{info}/LICENSE", (folder / "LICENSE").read_bytes(), 0o644),
    ]
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data, _ in files)
    files.append((f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644))
    wheel = out / f"rb_tools-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    print(wheel)


if __name__ == "__main__":
    main()
