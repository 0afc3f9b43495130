"""The benchmark's networks in JAX: the same equations, floors and parameters; a whole training step is one jitted function
whose loop over time is lax.scan.

usage: jax_peer.py THREADS
The process is bound to as many cores as it may have threads, which is how XLA sizes its thread pool.
"""

import os
import sys
import time

THREADS = int(sys.argv[1])
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-THREADS:])
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
from jax import lax, nn

import jax_layers
from jax_layers import lstm_step, over_batch
from protocol import LeftOut, cell_of, check_ntm, serve, tree

jax.config.update("jax_default_matmul_precision", "float32")


def ntm(settings, sizes):
    """LSTM controller, R read heads and one write head; the heads address the memory as the step finds it."""
    check_ntm(settings)
    slots, width, reads, batch = settings["slots"], settings["width"], settings["readHeads"], sizes["batch"]
    heads = reads + 1

    def start(params):
        begin, controller = params["start"], params["controller"]["start"]
        weights = jnp.zeros((heads, slots)).at[:, 0].set(1)
        if "readAddress" in begin:
            weights = nn.softmax(jnp.concatenate([begin["readAddress"], begin["writeAddress"]]), 1)
        rows = [over_batch(x, batch) for x in (controller["h"], controller["c"], begin["read"], weights)]
        return (*rows, jnp.full((batch, slots, width), 1e-6))

    def address(raw, previous, memory):
        edges = [(heads + 1) * width, (heads + 1) * width + 2 * heads, (heads + 1) * width + 3 * heads + width]
        vectors, positives, gates, shifts = jnp.split(raw, edges, 1)
        vectors = jnp.tanh(vectors).reshape(batch, heads + 1, width)
        key, add = vectors[:, :heads], vectors[:, heads:]
        positives = nn.softplus(positives).reshape(batch, 2, heads, 1)
        strength, sharpening = positives[:, 0], positives[:, 1]
        gates = nn.sigmoid(gates)
        gate, erase = gates[:, :heads, None], gates[:, None, heads:]
        shift = nn.softmax(shifts.reshape(batch, heads, 3), 2)

        key_norm = jnp.sqrt(jnp.sum(key * key, 2, keepdims=True) + 1e-16)
        memory_norm = jnp.sqrt(jnp.sum(memory * memory, 2) + 1e-16)[:, None]
        likeness = jnp.einsum("bkw,bnw->bkn", key * strength, memory) / (key_norm * memory_norm + 1e-8)
        weights = nn.softmax(likeness, 2) * gate + previous * (1 - gate)
        ring = jnp.concatenate([weights[..., -1:], weights, weights[..., :1]], 2)
        weights = ring[..., 2:] * shift[..., :1] + weights * shift[..., 1:2] + ring[..., :slots] * shift[..., 2:]
        return nn.softmax(jnp.log(nn.relu(weights) + 1e-16) * (sharpening + 1), 2), erase, add

    def step(params, state, x):
        h, c, read, previous, memory = state
        h, c = lstm_step(params["controller"], h, c, jnp.concatenate([x, read], 1))
        raw = h @ params["heads"]["kernel"] + params["heads"]["bias"]
        weights, erase, add = address(raw, previous, memory)
        read = jnp.einsum("bkn,bnw->bkw", weights[:, :reads], memory).reshape(batch, reads * width)
        write = weights[:, reads, :, None]
        memory = memory * (1 - write * erase) + write * add
        return (h, c, read, weights, memory), jnp.concatenate([h, read], 1)

    return start, step


def lstm(settings, sizes):
    """Stacked LSTM layers."""
    names = [str(index) for index in range(settings["layers"])]

    def start(params):
        return [
            tuple(over_batch(params["layers"][name]["start"][part], sizes["batch"]) for part in "hc") for name in names
        ]

    def step(params, state, x):
        after = []
        for name, (h, c) in zip(names, state, strict=True):
            x, c = lstm_step(params["layers"][name], h, c, x)
            after.append((x, c))
        return after, x

    return start, step


def fast_weights(settings, sizes):
    """Fast weights as attention over the hidden states that were written."""
    size, length, batch = settings["size"], sizes["length"], sizes["batch"]
    if settings["form"] == "matrix" or length >= size or not settings["layerNorm"]:
        raise LeftOut("the peers know the attention form with layer norm only")
    fading = settings["rate"] * settings["decay"] ** jnp.arange(length)[::-1].astype(jnp.float32)

    def normalized(norm, z):
        centered = z - jnp.mean(z, 1, keepdims=True)
        variance = jnp.mean(centered * centered, 1, keepdims=True)
        return centered * lax.rsqrt(variance + 1e-5) * norm["gain"] + norm["bias"]

    def start(params):
        return jnp.zeros((batch, size)), jnp.zeros((batch, length, size))

    def step(params, state, x):
        hidden, memory = state
        memory = jnp.concatenate([memory[:, 1:], hidden[:, None]], 1)
        boundary = hidden @ params["recurrentKernel"] + x @ params["inputKernel"]
        hidden = nn.relu(boundary)
        for _ in range(settings["innerSteps"]):
            attention = jnp.einsum("bh,bkh->bk", hidden, memory) * fading
            hidden = nn.relu(normalized(params["norm"], boundary + jnp.einsum("bk,bkh->bh", attention, memory)))
        return (hidden, memory), hidden

    return start, step


CELLS = {"ntm": ntm, "lstm": lstm, "fast-weights": fast_weights, **jax_layers.CELLS}


def clip_and_update(options, params, gradient, slots):
    """Clipping by norm, then RMSProp in the form of Graves 2013; gives the norm before clipping too."""
    decay = options["decay"]
    leaves, form = jax.tree.flatten(gradient)
    norm = jnp.sqrt(sum(jnp.sum(leaf * leaf) for leaf in leaves))
    scale = options["clipNorm"] / jnp.maximum(norm, options["clipNorm"])

    def rule(param, g, square, mean, velocity):
        g = g * scale
        square = decay * square + (1 - decay) * g * g
        mean = decay * mean + (1 - decay) * g
        variance = nn.relu(square - mean * mean)
        velocity = options["momentum"] * velocity - options["rate"] * g / jnp.sqrt(variance + options["epsilon"])
        return param + velocity, square, mean, velocity

    parts = [jax.tree.leaves(part) for part in (params, *slots)]
    after = [rule(param, g, *rest) for param, g, *rest in zip(parts[0], leaves, *parts[1:], strict=True)]
    params, *slots = (jax.tree.unflatten(form, list(part)) for part in zip(*after, strict=True))
    return params, tuple(slots), norm


class Workload:
    """One batch and one model. Values for the backward pass are kept, or computed again from each step's state, which
    jax.checkpoint asks for; which is faster depends on the sizes, so both are tried and the faster one is taken.
    """

    def __init__(self, workload, arrays):
        if workload["optimizer"]["name"] != "graves-rmsprop":
            raise LeftOut("the peers know graves-rmsprop only")
        inputs, targets, mask = (jnp.asarray(arrays[f"batch.{name}"]) for name in ("inputs", "targets", "mask"))
        length, batch, _ = inputs.shape
        start, step = cell_of(CELLS, workload["cell"])(workload["settings"], {"batch": batch, "length": length})

        def loss(params, inputs, targets, mask, keeps):
            if "embedding" in params:
                inputs = inputs @ params["embedding"]["kernel"]
            cell = params["cell"]
            body = step if keeps else jax.checkpoint(step)
            _, outputs = lax.scan(lambda state, x: body(cell, state, x), start(cell), inputs)
            if "hidden" in params:
                outputs = nn.relu(outputs @ params["hidden"]["kernel"] + params["hidden"]["bias"])
            logits = outputs @ params["readout"]["kernel"] + params["readout"]["bias"]
            if workload["loss"] == "bits":
                rows = jnp.sum(targets * nn.softplus(-logits) + (1 - targets) * nn.softplus(logits), 2)
            else:
                rows = -jnp.sum(targets * nn.log_softmax(logits), 2)
            return jnp.sum(rows * mask) / batch

        def training_step(params, slots, inputs, targets, mask, keeps):
            value, gradient = jax.value_and_grad(loss)(params, inputs, targets, mask, keeps)
            params, slots, norm = clip_and_update(workload["optimizer"], params, gradient, slots)
            return params, slots, jnp.stack([value, norm])

        self.first = tree({name: jnp.asarray(value) for name, value in arrays.items()}, "params.")
        self.training_step = jax.jit(training_step, donate_argnums=(0, 1), static_argnames="keeps")
        self.data = inputs, targets, mask
        trials = [self.trial(keeps) for keeps in (True, False)]
        _, self.compile_seconds, self.keeps = min(trials)

    def trial(self, keeps):
        """Seconds of a step in one of the two forms, of the first step, and the form."""
        self.keeps = keeps
        self.reset()
        times = [time.perf_counter()]
        for _ in range(6):
            self.step()
            times.append(time.perf_counter())
        durations = [after - before for before, after in zip(times, times[1:])]
        return min(durations[1:]), durations[0], keeps

    def reset(self):
        self.params = jax.tree.map(jnp.copy, self.first)
        self.slots = tuple(jax.tree.map(jnp.zeros_like, self.first) for _ in range(3))
        jax.block_until_ready((self.params, self.slots))

    def step(self):
        self.params, self.slots, told = self.training_step(self.params, self.slots, *self.data, keeps=self.keeps)
        loss, norm = told.tolist()
        return loss, norm


serve(jax.__version__, Workload)
