#!/usr/bin/env python3
"""One forward pass of each network of lib/neural, computed with NumPy.

    python3 scripts/neural-figures.py      (needs NumPy)

Prints the figures that lib/neural/src/figures.rs holds its networks to. Made of the
published formulas as the modules' heads have them, not of the Rust code. Weights
are 0.5·sin(1.7·i + 0.3) for the i-th number of the flat vector, inputs sin(0.9·i).
"""
import math

import numpy as np

N, D, K, T, H = 5, 4, 3, 2, 3


def wave(count, step, shift, size):
    return size * np.sin(step * np.arange(count) + shift)


def weights(*shapes):
    flat = wave(sum(r * c for r, c in shapes), 1.7, 0.3, 0.5)
    parts, at = [], 0
    for rows, columns in shapes:
        parts.append(flat[at : at + rows * columns].reshape(rows, columns))
        at += rows * columns
    return parts


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def norm(v, gamma, beta):
    return (v - v.mean(0)) / np.sqrt(v.var(0) + 1e-5) * gamma + beta


X = unit(wave(N * D, 0.9, 0.0, 1.0).reshape(N, D))
SCALED = X * np.sqrt(D)
SCORE = np.abs(wave(N * K, 1.3, 0.2, 1.0)).reshape(N, K)
COST = np.abs(wave(N * K, 0.7, 0.4, 1.0)).reshape(N, K)
TASK = np.array([0, 1, 0, 1, 1])


def head():
    w, b = weights((K, D), (1, K))
    z = SCALED @ w.T + b
    e = np.exp(z)
    return e / e.sum(1, keepdims=True), sigmoid(z)


def contrast():
    w, k = weights((D, D), (K, D))
    return unit(X @ w.T) @ unit(k).T


def aptitude():
    r, h, a = 2, 4, wave(K * 3, 1.1, 0.5, 1.0).reshape(K, 3)
    w, p, from_u, from_v, from_both, b, out, c = weights((r, D), (r, 3), (h, r), (h, r), (h, r), (1, h), (1, h), (1, 1))
    u, v = SCALED @ w.T, a @ p.T
    f = np.empty((N, K))
    for i in range(N):
        for m in range(K):
            units = from_u @ u[i] + from_v @ v[m] + from_both @ (u[i] * v[m]) + b[0]
            f[i, m] = out[0] @ np.maximum(units, 0) + c[0, 0]
    return sigmoid(f)


def graph():
    layer = [(H, H)] * 4 + [(H, 2)] + [(1, H)] * 4
    w = weights((H, D), (H, D), (H, 2 * T), *layer, *layer, (H, H), (H, H))
    hot = np.eye(T)[TASK]
    mean = hot.T / hot.sum(0)[:, None]
    q, t = SCALED @ w[0].T, (mean @ SCALED) @ w[1].T
    centred = [by - by.mean(1, keepdims=True) for by in (mean @ SCORE, mean @ COST)]
    m = np.concatenate([c.T for c in centred], 1) @ w[2].T
    edges = np.stack([SCORE.mean(0), COST.mean(0)], 1)
    for l in range(2):
        a, b, c, d, e, gq, bq, gm, bm = w[3 + 9 * l : 12 + 9 * l]
        q_next = norm(q @ a.T + hot @ (t @ b.T), gq, bq)
        m = norm(m @ c.T + q.mean(0) @ d.T + edges @ e.T, gm, bm)
        if l == 0:
            t = np.maximum(t @ w[21].T + (mean @ q) @ w[22].T, 0)
            q_next, m = np.maximum(q_next, 0), np.maximum(m, 0)
        q = q_next
    return sigmoid(q @ m.T / H)


def encoder():
    """A BERT of 2 layers, width 4, 2 heads, inner width 6, 8 tokens, 6 places; eps 1e-5."""
    d, inner, eps = 4, 6, 1e-5
    layer = [(d, d), (1, d)] * 4 + [(inner, d), (1, inner), (d, inner), (1, d)] + [(1, d)] * 4
    w = weights((8, d), (6, d), (2, d), (1, d), (1, d), *layer, *layer)
    erf = np.vectorize(math.erf)

    def standard(x, gain, bias):
        return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + eps) * gain + bias

    def vector(ids):
        x = standard(w[0][ids] + w[1][: len(ids)] + w[2][0], w[3], w[4])
        for l in (w[5:21], w[21:37]):
            q, k, v = (x @ l[i].T + l[i + 1] for i in (0, 2, 4))
            mixed = np.empty_like(x)
            for h in (slice(0, 2), slice(2, 4)):
                a = np.exp(q[:, h] @ k[:, h].T / np.sqrt(2))
                mixed[:, h] = a / a.sum(1, keepdims=True) @ v[:, h]
            a = standard(x + mixed @ l[6].T + l[7], l[12], l[13])
            u = a @ l[8].T + l[9]
            u = u * 0.5 * (1 + erf(u / np.sqrt(2)))
            x = standard(a + u @ l[10].T + l[11], l[14], l[15])
        return unit(x.mean(0, keepdims=True))[0]

    return [vector([1, 3, 4, 2]), vector([1, 7, 6, 3, 2])]


for name, p in [("encoder", encoder()), ("softmax", head()[0]), ("sigmoid", head()[1]), ("contrast", contrast()), ("aptitude", aptitude()), ("graph", graph())]:
    print(name, [[round(float(v), 6) for v in row] for row in p[:2]])
