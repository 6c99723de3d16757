"""MiniLM's weights as an ONNX model, written with the standard library alone.

An ONNX file is one protobuf message; of its schema (onnx.proto3, IR version 8)
a BERT needs seven message types, so the few wire rules are written out here
instead of installing a package for them. The graph is that of
minilm_forward.py with the padding mask added: inputs input_ids,
attention_mask and token_type_ids (int64, batch × sequence), output
last_hidden_state (f32, batch × sequence × 384), opset 17. The same bytes come
out everywhere.
"""

import array
import struct
import sys

import minilm

LAYERS, HEADS, DIM = 6, 12, 384
FLOAT, INT64 = 1, 7  # TensorProto.DataType
OPSET = 17  # the first with LayerNormalization


def varint(value):
    value &= (1 << 64) - 1  # negative numbers in two's complement
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def single(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)


def block(field, data):
    """A string, bytes or an embedded message."""
    data = data.encode() if isinstance(data, str) else bytes(data)
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name, kind, shape, data):
    dims = b"".join(number(1, n) for n in shape)
    return dims + number(2, kind) + block(8, name) + block(9, data)


def attribute(name, value):
    """AttributeProto: name 1, f 2, i 3, ints 8; type 20 is 1 FLOAT, 2 INT, 7 INTS."""
    if isinstance(value, float):
        return block(1, name) + single(2, value) + number(20, 1)
    if isinstance(value, int):
        return block(1, name) + number(3, value) + number(20, 2)
    return block(1, name) + b"".join(number(8, v) for v in value) + number(20, 7)


def value_info(name, kind, shape):
    """Name and type; dimensions are names (dim_param) or numbers (dim_value)."""
    dims = b"".join(block(1, block(2, d) if isinstance(d, str) else number(1, d)) for d in shape)
    return block(1, name) + block(2, block(1, number(1, kind) + block(2, dims)))


def transposed(data, shape):
    """PyTorch keeps a layer as out × in; MatMul wants in × out."""
    values = array.array("f", bytes(data))
    result = array.array("f")
    for column in range(shape[1]):
        result.extend(values[column :: shape[1]])
    return result.tobytes()


class Graph:
    """Nodes and initializers in the order they are added."""

    def __init__(self):
        self.nodes, self.initializers, self.count = [], [], 0

    def node(self, op, *inputs, name=None, **attributes):
        """Adds a node and returns the name of its output."""
        self.count += 1
        output = name or f"{op}_{self.count}"
        message = b"".join(block(1, i) for i in inputs) + block(2, output) + block(4, op)
        self.nodes.append(message + b"".join(block(5, attribute(k, v)) for k, v in attributes.items()))
        return output

    def constant(self, name, kind, shape, data):
        self.initializers.append(tensor(name, kind, shape, data))
        return name

    def f32(self, name, value):
        return self.constant(name, FLOAT, [], struct.pack("<f", value))

    def i64(self, name, values):
        return self.constant(name, INT64, [len(values)], struct.pack(f"<{len(values)}q", *values))


def model(safetensors):
    """The bytes of model.onnx."""
    if sys.byteorder != "little":
        raise minilm.SetupError("writing the model needs a little-endian machine")
    g = Graph()
    for name, shape, data in minilm.tensors(safetensors):
        if name.startswith("encoder.") and len(shape) == 2:
            data, shape = transposed(data, shape), shape[::-1]
        if not name.startswith("pooler."):  # sentence-transformers does not use it
            g.constant(name, FLOAT, shape, data)
    half, one, root2 = g.f32("half", 0.5), g.f32("one", 1.0), g.f32("root2", 2**0.5)
    scale = g.f32("scale", (DIM // HEADS) ** 0.5)
    masked = g.f32("masked", -3.4028234663852886e38)
    split, merge = g.i64("split", [0, 0, HEADS, DIM // HEADS]), g.i64("merge", [0, 0, DIM])

    def norm(x, name):
        return g.node(
            "LayerNormalization", x, name + ".LayerNorm.weight", name + ".LayerNorm.bias", axis=-1, epsilon=1e-12
        )

    def dense(x, name):
        return g.node("Add", g.node("MatMul", x, name + ".weight"), name + ".bias")

    def heads(x, perm):
        return g.node("Transpose", g.node("Reshape", x, split), perm=perm)

    words = g.node("Gather", "embeddings.word_embeddings.weight", "input_ids")
    types = g.node("Gather", "embeddings.token_type_embeddings.weight", "token_type_ids")
    length = g.node("Shape", "input_ids", start=1, end=2)
    zero, step, axis = g.i64("zero", [0]), g.i64("step", [1]), g.i64("axis", [0])
    places = g.node("Slice", "embeddings.position_embeddings.weight", zero, length, axis, step)
    x = norm(g.node("Add", g.node("Add", words, types), places), "embeddings")
    keep = g.node("Cast", "attention_mask", to=FLOAT)
    keep = g.node("Unsqueeze", keep, g.i64("axes", [1, 2]))
    mask = g.node("Mul", g.node("Sub", one, keep), masked)

    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        q = heads(dense(x, at + "attention.self.query"), [0, 2, 1, 3])
        k = heads(dense(x, at + "attention.self.key"), [0, 2, 3, 1])
        v = heads(dense(x, at + "attention.self.value"), [0, 2, 1, 3])
        a = g.node("Add", g.node("Div", g.node("MatMul", q, k), scale), mask)
        mixed = g.node("MatMul", g.node("Softmax", a, axis=-1), v)
        mixed = g.node("Reshape", g.node("Transpose", mixed, perm=[0, 2, 1, 3]), merge)
        x = norm(g.node("Add", dense(mixed, at + "attention.output.dense"), x), at + "attention.output")
        h = dense(x, at + "intermediate.dense")
        erf = g.node("Add", g.node("Erf", g.node("Div", h, root2)), one)
        h = g.node("Mul", g.node("Mul", h, erf), half)
        x = norm(g.node("Add", dense(h, at + "output.dense"), x), at + "output")
    g.node("Identity", x, name="last_hidden_state")

    shape = ["batch", "sequence"]
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    graph = (
        b"".join(block(1, n) for n in g.nodes)
        + block(2, "all-MiniLM-L6-v2")
        + b"".join(block(5, t) for t in g.initializers)
        + b"".join(block(11, value_info(i, INT64, shape)) for i in inputs)
        + block(12, value_info("last_hidden_state", FLOAT, [*shape, DIM]))
    )
    return number(1, 8) + block(2, "rb-tools") + block(7, graph) + block(8, number(2, OPSET))
