"""MiniLM's forward pass in NumPy: the independent computation of its vectors.

BERT (Devlin et al. 2018, arXiv 1810.04805) with 6 layers, width 384, 12 heads,
exact GELU and layer norm with eps 1e-12; then the mean over all tokens,
[CLS] and [SEP] included, and the L2 norm, as sentence-transformers does it.
make-static.py distils the token table with it; proof-minilm.py compares the
ONNX model with it.
"""

import numpy as np

import minilm

LAYERS, HEADS, EPS = 6, 12, np.float32(1e-12)


def weights(safetensors):
    """Tensor name to f32 array."""
    return {
        name: np.frombuffer(data, "<f4").reshape(shape)
        for name, shape, data in minilm.tensors(safetensors)
    }


def erf(x):
    """Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    c = [np.float32(v) for v in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)]
    poly = ((((c[0] * t + c[1]) * t + c[2]) * t + c[3]) * t + c[4]) * t
    return np.copysign(1 - poly * np.exp(-x * x), x)


def layer_norm(x, gain, bias):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPS) * gain + bias


def embed(w, ids):
    """ids: integers, batch × length, all of one length. Returns batch × 384 unit vectors."""
    ids = np.asarray(ids)
    batch, length = ids.shape
    dim = w["embeddings.word_embeddings.weight"].shape[1]
    x = (
        w["embeddings.word_embeddings.weight"][ids]
        + w["embeddings.position_embeddings.weight"][:length]
        + w["embeddings.token_type_embeddings.weight"][0]
    )
    x = layer_norm(x, w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"])
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."

        def dense(name, value):
            return value @ w[at + name + ".weight"].T + w[at + name + ".bias"]

        def norm(name, value):
            return layer_norm(value, w[at + name + ".LayerNorm.weight"], w[at + name + ".LayerNorm.bias"])

        def heads(value):
            return value.reshape(batch, length, HEADS, dim // HEADS).transpose(0, 2, 1, 3)

        q, k, v = (heads(dense(f"attention.self.{part}", x)) for part in ("query", "key", "value"))
        a = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(dim // HEADS))
        a = np.exp(a - a.max(-1, keepdims=True))
        a /= a.sum(-1, keepdims=True)
        mixed = (a @ v).transpose(0, 2, 1, 3).reshape(batch, length, dim)
        x = norm("attention.output", dense("attention.output.dense", mixed) + x)
        h = dense("intermediate.dense", x)
        h = h * np.float32(0.5) * (1 + erf(h / np.float32(np.sqrt(2))))
        x = norm("output", dense("output.dense", h) + x)
    mean = x.mean(1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)
