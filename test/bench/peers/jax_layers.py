"""The benchmark's other cells in JAX: each as `(start, step)`, and the residual stack that modern ones share."""

import jax.numpy as jnp
from jax import lax, nn

from protocol import check_attention, check_delta, check_dnc, check_mlstm


def over_batch(x, batch):
    return jnp.broadcast_to(x, (batch, *x.shape))


def lstm_step(params, h, c, x):
    """One step of an LSTM layer, gates i, f, g, o."""
    i, f, g, o = jnp.split(jnp.concatenate([x, h], 1) @ params["kernel"] + params["bias"], 4, 1)
    c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
    return nn.sigmoid(o) * jnp.tanh(c), c


def gru(settings, sizes):
    """Stacked GRU layers, the reset gate before the product."""
    names = [str(index) for index in range(settings["layers"])]

    def start(params):
        return [over_batch(params["layers"][name]["start"], sizes["batch"]) for name in names]

    def step(params, state, x):
        after = []
        for name, h in zip(names, state, strict=True):
            gates, candidate = params["layers"][name]["gates"], params["layers"][name]["candidate"]
            both = nn.sigmoid(jnp.concatenate([x, h], 1) @ gates["kernel"] + gates["bias"])
            reset, update = jnp.split(both, 2, 1)
            c = jnp.tanh(jnp.concatenate([x, reset * h], 1) @ candidate["kernel"] + candidate["bias"])
            x = update * h + (1 - update) * c
            after.append(x)
        return after, x

    return start, step


def dnc(settings, sizes):
    """The differentiable neural computer: R read heads and one write head. Usage is sorted, which the paper does and Engram does not."""
    check_dnc(settings)
    slots, width, reads, batch = settings["slots"], settings["width"], settings["readHeads"], sizes["batch"]
    edges = [width, (reads + 1) * width, (reads + 2) * width]
    edges += [edges[-1] + 1 + reads, edges[-1] + 1 + reads + width + reads + 2]
    apart = 1 - jnp.eye(slots)

    def start(params):
        h, c = (over_batch(params["controller"]["start"][name], batch) for name in "hc")
        zeros = jnp.zeros((batch, slots))
        memory, links = jnp.zeros((batch, slots, width)), jnp.zeros((batch, slots, slots))
        return h, c, jnp.zeros((batch, reads, width)), jnp.zeros((batch, reads, slots)), zeros, links, zeros, memory

    def content(memory, key, strength):
        key_norm = jnp.sqrt(jnp.sum(key * key, 2, keepdims=True) + 1e-6)
        memory_norm = jnp.sqrt(jnp.sum(memory * memory, 2) + 1e-6)[:, None]
        likeness = jnp.einsum("bkw,bnw->bkn", key * strength, memory) / (key_norm * memory_norm + 1e-6)
        return nn.softmax(likeness, 2)

    def allocation(usage):
        floored = usage * (1 - 1e-6) + 1e-6
        order = jnp.argsort(jnp.round(lax.stop_gradient(floored) * 1e5), 1, stable=True)
        ascending = jnp.take_along_axis(floored, order, 1)
        smaller = jnp.concatenate([jnp.ones((batch, 1)), jnp.cumprod(ascending[:, :-1], 1)], 1)
        return jnp.take_along_axis((1 - ascending) * smaller, jnp.argsort(order, 1), 1)

    def step(params, state, x):
        h, c, read, before, usage, links, precedence, memory = state
        h, c = lstm_step(params["controller"], h, c, jnp.concatenate([x, read.reshape(batch, -1)], 1))
        raw = h @ params["interface"]["kernel"] + params["interface"]["bias"]
        write_key, read_key, value, strengths, gates, modes = jnp.split(raw, edges, 1)
        strengths = nn.softplus(strengths)[:, :, None] + 1
        erase, free, allocation_gate, write_gate = jnp.split(nn.sigmoid(gates), [width, width + reads, width + reads + 1], 1)
        modes = nn.softmax(modes.reshape(batch, reads, 3), 2)

        usage = usage * jnp.prod(1 - free[:, :, None] * before, 1)
        found = content(memory, write_key[:, None], strengths[:, :1])[:, 0]
        written = write_gate * (allocation_gate * allocation(usage) + (1 - allocation_gate) * found)
        memory = memory * (1 - written[:, :, None] * erase[:, None]) + written[:, :, None] * value[:, None]
        kept = links * (1 - written[:, :, None] - written[:, None])
        links = (kept + written[:, :, None] * precedence[:, None]) * apart
        precedence = (1 - jnp.sum(written, 1, keepdims=True)) * precedence + written
        usage = usage + (1 - usage) * written

        backward, forward = jnp.einsum("bkn,bnm->bkm", before, links), jnp.einsum("bkm,bnm->bkn", before, links)
        found = content(memory, read_key.reshape(batch, reads, width), strengths[:, 1:])
        weights = backward * modes[..., :1] + forward * modes[..., 1:2] + found * modes[..., 2:]
        read = jnp.einsum("bkn,bnw->bkw", weights, memory)
        return (h, c, read, weights, usage, links, precedence, memory), jnp.concatenate([h, read.reshape(batch, -1)], 1)

    return start, step


def rms_norm(gain, x):
    return x * lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5) * gain


def unit(x):
    return x * lax.rsqrt(jnp.sum(x * x, -1, keepdims=True) + 1e-6)


def convolve(kernel, past, x):
    """The short convolution: the last four rows of each channel, and the three that are kept."""
    rows = jnp.concatenate([past, x[:, None]], 1)
    return jnp.sum(rows * kernel, 1), rows[:, 1:]


def residual(settings, layer):
    """Layers that add to a stream, normed before each and at the end; `layer` is (start, step) from D to D numbers."""
    layer_start, layer_step = layer
    names = [str(index) for index in range(settings["layers"])]

    def start(params):
        return [layer_start() for _ in names]

    def step(params, state, x):
        stream = (x @ params["input"]["kernel"] if "kernel" in params["input"] else x) + params["input"]["bias"]
        after = []
        for name, before in zip(names, state, strict=True):
            own = params["layers"][name]
            kept, output = layer_step(own["layer"], before, rms_norm(own["norm"], stream))
            stream = stream + output
            after.append(kept)
        return after, rms_norm(params["norm"], stream)

    return start, step


def delta(settings, sizes):
    """DeltaNet and Gated DeltaNet."""
    key, value = check_delta(settings)
    heads, batch, gated = settings["heads"], sizes["batch"], settings["rule"] == "gated-delta"
    seen = heads * (2 * key + value)
    edges = [seen, seen + heads * value, seen + heads * value + heads]

    def start():
        return jnp.zeros((batch, heads, value, key)), jnp.zeros((batch, 3, seen))

    def step(params, state, x):
        memory, past = state
        raw, gate, beta, decay = jnp.split(x @ params["kernel"], edges, 1)
        raw, past = convolve(params["convolution"], past, raw)
        q, k, v = (part.reshape(batch, heads, -1) for part in jnp.split(nn.silu(raw), [heads * key, 2 * heads * key], 1))
        q, k = unit(q) * key**-0.5, unit(k)
        if gated:
            dt = nn.softplus(decay + params["decay"]["bias"])
            memory = memory * jnp.exp(-dt * jnp.exp(params["decay"]["A"]))[:, :, None, None]
        error = (v - jnp.einsum("bhvk,bhk->bhv", memory, k)) * nn.sigmoid(beta)[:, :, None]
        memory = memory + error[:, :, :, None] * k[:, :, None, :]
        read = rms_norm(params["norm"], jnp.einsum("bhvk,bhk->bhv", memory, q)).reshape(batch, -1)
        return (memory, past), (read * nn.silu(gate)) @ params["output"]

    return residual(settings, (start, step))


def rwkv7(settings, sizes):
    """The time mixing of RWKV-7."""
    size, heads, batch = settings["size"], settings["heads"], sizes["batch"]
    width = size // heads

    def start():
        return jnp.zeros((batch, size)), jnp.zeros((batch, heads, width, width))

    def step(params, state, x):
        past, memory = state
        mixed = {name: x + (past - x) * mix for name, mix in params["mix"].items()}
        decay, rate, gate, norm = (params[name] for name in ("decay", "rate", "gate", "norm"))
        r, k, v = mixed["r"] @ params["receptance"], mixed["k"] @ params["key"], mixed["v"] @ params["value"]
        speed = nn.sigmoid(decay["bias"] + jnp.tanh(mixed["w"] @ decay["down"]) @ decay["up"])
        w = jnp.exp(speed * -(jnp.e**-0.5))
        a = nn.sigmoid(rate["bias"] + mixed["a"] @ rate["down"] @ rate["up"])
        g = nn.sigmoid(mixed["g"] @ gate["down"]) @ gate["up"]
        kt = k * (1 + (a - 1) * params["replacement"])
        removal = unit((k * params["removal"]).reshape(batch, heads, width))
        r, v, w, a, kt = (part.reshape(batch, heads, width) for part in (r, v, w, a, kt))
        found = jnp.einsum("bhvk,bhk->bhv", memory, removal)
        memory = memory * w[:, :, None, :] - found[..., None] * (a * removal)[:, :, None, :] + v[..., None] * kt[:, :, None, :]
        o = jnp.einsum("bhvk,bhk->bhv", memory, r)
        centered = o - jnp.mean(o, 2, keepdims=True)
        normed = centered * lax.rsqrt(jnp.mean(centered * centered, 2, keepdims=True) + 64e-5) * norm["gain"] + norm["bias"]
        bonus = jnp.sum(r * kt * params["bonus"], 2, keepdims=True) * v
        return (x, memory), (g * (normed + bonus).reshape(batch, size)) @ params["output"]

    return residual(settings, (start, step))


def attention(settings, sizes):
    """Softmax attention to a past that is kept row by row, with rotary positions."""
    check_attention(settings)
    size, heads, batch, window = settings["size"], settings["heads"], sizes["batch"], sizes["length"]
    d = size // heads
    theta = 10_000.0 ** (-2 * jnp.arange(d // 2) / d)
    back = jnp.arange(window)[::-1]

    def start():
        rows = jnp.zeros((batch, heads, window, d))
        return jnp.zeros(()), rows, rows, jnp.zeros((batch, 3, 3 * size))

    def turned(x, angles):
        a, b = jnp.split(x, 2, 2)
        return jnp.concatenate([a * jnp.cos(angles) - b * jnp.sin(angles), a * jnp.sin(angles) + b * jnp.cos(angles)], 2)

    def step(params, state, x):
        time, keys, values, past = state
        raw, past = convolve(params["convolution"], past, x @ params["kernel"])
        q, k, v = (part.reshape(batch, heads, d) for part in jnp.split(raw, 3, 1))
        q, k = turned(q, time * theta), turned(k, time * theta)
        keys = jnp.concatenate([keys[:, :, 1:], k[:, :, None]], 2)
        values = jnp.concatenate([values[:, :, 1:], v[:, :, None]], 2)
        likeness = jnp.einsum("bhd,bhnd->bhn", q * d**-0.5, keys) + jnp.where(back > time, -1e9, 0)
        read = jnp.einsum("bhn,bhnd->bhd", nn.softmax(likeness), values).reshape(batch, size)
        return (time + 1, keys, values, past), read @ params["output"]

    return residual(settings, (start, step))


def mlstm(settings, sizes):
    """The matrix memory of xLSTM, stabilized."""
    check_mlstm(settings)
    inner, heads, batch = 2 * settings["size"], settings["heads"], sizes["batch"]
    d = inner // heads

    def start():
        memory, normalizer = jnp.zeros((batch, heads, d, d)), jnp.zeros((batch, heads, d))
        return memory, normalizer, jnp.zeros((batch, heads, 1)), jnp.zeros((batch, 3, inner))

    def projected(kernel, x):
        return jnp.einsum("bni,nij->bnj", x.reshape(batch, -1, 4), kernel).reshape(batch, heads, d)

    def step(params, state, x):
        memory, normalizer, stabilizer, past = state
        u, z = jnp.split(x @ params["up"], 2, 1)
        raw, past = convolve(params["convolution"]["kernel"], past, u)
        c = nn.silu(raw + params["convolution"]["bias"])
        q, k, v = projected(params["query"], c), projected(params["key"], c), projected(params["value"], u)
        gates = jnp.concatenate([q, k, v], 1).reshape(batch, -1) @ params["gates"]["kernel"] + params["gates"]["bias"]
        i, f = jnp.split(gates[:, :, None], 2, 1)
        faded = stabilizer - nn.softplus(-f)
        stabilizer = jnp.maximum(faded, i)
        keep, written = jnp.exp(faded - stabilizer), jnp.exp(i - stabilizer) * k * d**-0.5
        memory = memory * keep[..., None] + v[..., None] * written[:, :, None]
        normalizer = keep * normalizer + written
        total = jnp.abs(jnp.sum(normalizer * q, 2, keepdims=True))
        h = jnp.einsum("bhvk,bhk->bhv", memory, q) / (jnp.maximum(total, jnp.exp(jnp.minimum(-stabilizer, 80))) + 1e-6)
        centered = h - jnp.mean(h, 2, keepdims=True)
        normed = centered * lax.rsqrt(jnp.mean(centered * centered, 2, keepdims=True) + 1e-5) * params["norm"]
        output = (normed.reshape(batch, inner) + params["skip"] * c) * nn.silu(z)
        return (memory, normalizer, stabilizer, past), output @ params["down"]

    return residual(settings, (start, step))


CELLS = {"gru": gru, "dnc": dnc, "delta": delta, "rwkv7": rwkv7, "attention": attention, "mlstm": mlstm}
