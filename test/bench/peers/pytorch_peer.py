"""The benchmark's networks in PyTorch: the same equations, floors and parameters, all heads and all examples at once.

usage: pytorch_peer.py THREADS [compile]
With `compile`, one time step of the cell, the loss and the optimizer each go through torch.compile; the loop over time
stays in Python, because a graph of all steps takes the compiler many minutes.
"""

import sys
import time

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, layer_norm, log_softmax, relu, softplus

import pytorch_layers
from pytorch_layers import lstm_step
from protocol import LeftOut, cell_of, check_ntm, serve, tree

THREADS = int(sys.argv[1])
COMPILES = sys.argv[2:] == ["compile"]
torch.set_num_threads(THREADS)


def maybe_compiled(function):
    """The function, compiled where that is asked for."""
    return torch.compile(function) if COMPILES else function


class Ntm:
    """LSTM controller, R read heads and one write head; the heads address the memory as the step finds it."""

    def __init__(self, settings, sizes):
        check_ntm(settings)
        self.slots, self.width = settings["slots"], settings["width"]
        self.reads, self.batch = settings["readHeads"], sizes["batch"]
        self.step = maybe_compiled(self.one_step)

    def start(self, params):
        def over_batch(x):
            return x.expand(self.batch, *x.shape)

        start, controller = params["start"], params["controller"]["start"]
        weights = torch.zeros(self.reads + 1, self.slots)
        weights[:, 0] = 1
        if "readAddress" in start:
            weights = torch.softmax(torch.cat([start["readAddress"], start["writeAddress"]]), 1)
        memory = torch.full((self.batch, self.slots, self.width), 1e-6)
        return over_batch(controller["h"]), over_batch(controller["c"]), over_batch(start["read"]), over_batch(weights), memory

    def one_step(self, x, state, kernel, bias, head_kernel, head_bias):
        h, c, read, previous, memory = state
        h, c = lstm_step(torch.cat([x, read], 1), h, c, kernel, bias)
        weights, erase, add = self.address(torch.addmm(head_bias, h, head_kernel), previous, memory)
        read_weights, write_weights = weights[:, : self.reads], weights[:, self.reads :].transpose(1, 2)
        read = torch.bmm(read_weights, memory).flatten(1)
        memory = torch.addcmul(write_weights * add, memory, 1 - write_weights * erase)
        return torch.cat([h, read], 1), (h, c, read, weights, memory)

    def address(self, raw, previous, memory):
        batch, heads, width = raw.shape[0], self.reads + 1, self.width
        vectors, positives, gates, shifts = raw.split([(heads + 1) * width, 2 * heads, heads + width, 3 * heads], 1)
        vectors = torch.tanh(vectors).view(batch, heads + 1, width)
        key, add = vectors[:, :heads], vectors[:, heads:]
        strength, sharpening = softplus(positives).view(batch, 2, heads, 1).unbind(1)
        gates = torch.sigmoid(gates)
        gate, erase = gates[:, :heads, None], gates[:, None, heads:]
        shift = torch.softmax(shifts.view(batch, heads, 3), 2)

        key_norm = torch.sqrt(key.square().sum(2, keepdim=True) + 1e-16)
        memory_norm = torch.sqrt(memory.square().sum(2) + 1e-16)[:, None]
        likeness = torch.bmm(key * strength, memory.transpose(1, 2)) / (key_norm * memory_norm + 1e-8)
        weights = torch.lerp(previous, torch.softmax(likeness, 2), gate)
        ring = torch.cat([weights[..., -1:], weights, weights[..., :1]], 2)
        slots = self.slots
        weights = ring[..., 2:] * shift[..., :1] + weights * shift[..., 1:2] + ring[..., :slots] * shift[..., 2:]
        weights = torch.softmax(torch.log(relu(weights) + 1e-16) * (sharpening + 1), 2)
        return weights, erase, add

    def outputs(self, params, inputs):
        state = self.start(params)
        controller, heads = params["controller"], params["heads"]
        outputs = []
        for x in inputs.unbind(0):
            output, state = self.step(x, state, controller["kernel"], controller["bias"], heads["kernel"], heads["bias"])
            outputs.append(output)
        return torch.cat(outputs)


class Lstm:
    """Stacked LSTM layers: PyTorch's own layer, which runs a whole sequence at once, or compiled steps."""

    def __init__(self, settings, sizes):
        self.layers, self.batch = settings["layers"], sizes["batch"]
        self.step = maybe_compiled(self.one_step)

    def one_step(self, x, state, layers):
        after = []
        for (h, c), (kernel, bias) in zip(state, layers, strict=True):
            x, c = lstm_step(x, h, c, kernel, bias)
            after.append((x, c))
        return x, after

    def outputs(self, params, inputs):
        layers = [params["layers"][str(index)] for index in range(self.layers)]
        if not COMPILES:
            return self.whole(layers, inputs)
        state = [[layer["start"][name].expand(self.batch, -1) for name in "hc"] for layer in layers]
        numbers = [(layer["kernel"], layer["bias"]) for layer in layers]
        outputs = []
        for x in inputs.unbind(0):
            output, state = self.step(x, state, numbers)
            outputs.append(output)
        return torch.cat(outputs)

    def whole(self, layers, inputs):
        h, c = (
            torch.stack([layer["start"][name].expand(self.batch, -1) for layer in layers]) for name in "hc"
        )
        flat = []
        for index, layer in enumerate(layers):
            size = inputs.shape[2] if index == 0 else h.shape[2]
            kernel, bias = layer["kernel"], layer["bias"]
            flat += [kernel[:size].T, kernel[size:].T, bias, torch.zeros_like(bias)]
        outputs, _, _ = torch.lstm(inputs, (h, c), flat, True, len(layers), 0.0, True, False, False)
        return outputs.flatten(0, 1)


class FastWeights:
    """Fast weights as attention over the hidden states that were written."""

    def __init__(self, settings, sizes):
        self.settings, self.batch = settings, sizes["batch"]
        if settings["form"] == "matrix" or sizes["length"] >= settings["size"] or not settings["layerNorm"]:
            raise LeftOut("the peers know the attention form with layer norm only")
        # Entry [t, K]: how much the state written K - 1 - place steps ago counts.
        places = torch.arange(sizes["length"]).flip(0)
        self.fading = settings["rate"] * settings["decay"] ** places.float()
        self.step = maybe_compiled(self.one_step)

    def one_step(self, x, hidden, memory, kernel, input_kernel, gain, bias):
        memory = torch.cat([memory[:, 1:], hidden[:, None]], 1)
        boundary = torch.addmm(x @ input_kernel, hidden, kernel)
        hidden = relu(boundary)
        for _ in range(self.settings["innerSteps"]):
            attention = torch.bmm(hidden[:, None], memory.transpose(1, 2)) * self.fading
            hidden = relu(layer_norm(boundary + torch.bmm(attention, memory)[:, 0], gain.shape, gain, bias, 1e-5))
        return hidden, memory

    def outputs(self, params, inputs):
        size = self.settings["size"]
        hidden, memory = torch.zeros(self.batch, size), torch.zeros(self.batch, len(self.fading), size)
        outputs = []
        for x in inputs.unbind(0):
            hidden, memory = self.step(
                x, hidden, memory, params["recurrentKernel"], params["inputKernel"], params["norm"]["gain"], params["norm"]["bias"]
            )
            outputs.append(hidden)
        return torch.cat(outputs)


def sequence_loss(kind, logits, targets, mask, batch):
    """Cross-entropy summed over scored outputs, mean over the batch."""
    if kind == "bits":
        return binary_cross_entropy_with_logits(logits, targets, mask[:, None], reduction="sum") / batch
    return -((targets * log_softmax(logits, 1)).sum(1) * mask).sum() / batch


def readout_loss(params, kind, outputs, targets, mask, batch):
    """From the cell's outputs to the loss."""
    if "hidden" in params:
        outputs = relu(torch.addmm(params["hidden"]["bias"], outputs, params["hidden"]["kernel"]))
    logits = torch.addmm(params["readout"]["bias"], outputs, params["readout"]["kernel"])
    return sequence_loss(kind, logits, targets, mask, batch)


def clip_and_update(options, params, gradient, square, mean, velocity):
    """Clipping by norm, then RMSProp in the form of Graves 2013, all in place; returns the norm before clipping."""
    decay = options["decay"]
    norm = torch.linalg.vector_norm(gradient)
    gradient = gradient * (options["clipNorm"] / torch.clamp(norm, min=options["clipNorm"]))
    square.mul_(decay).addcmul_(gradient, gradient, value=1 - decay)
    mean.mul_(decay).add_(gradient, alpha=1 - decay)
    variance = relu(torch.addcmul(square, mean, mean, value=-1))
    velocity.mul_(options["momentum"]).addcdiv_(gradient, torch.sqrt(variance + options["epsilon"]), value=-options["rate"])
    params.add_(velocity)
    return norm


class Stepped:
    """A cell of `pytorch_layers` over a whole sequence, step by step."""

    def __init__(self, cell):
        self.start, self.step = cell.start, maybe_compiled(cell.one_step)

    def outputs(self, params, inputs):
        state = self.start(params)
        outputs = []
        for x in inputs.unbind(0):
            output, state = self.step(x, state, params)
            outputs.append(output)
        return torch.cat(outputs)


def stepped(kind):
    return lambda settings, sizes: Stepped(kind(settings, sizes))


CELLS = {
    "ntm": Ntm,
    "lstm": Lstm,
    "fast-weights": FastWeights,
    **{name: stepped(kind) for name, kind in pytorch_layers.CELLS.items()},
}


class Workload:
    """One batch and one model; the parameters are views into one flat vector."""

    def __init__(self, workload, arrays):
        if workload["optimizer"]["name"] != "graves-rmsprop":
            raise LeftOut("the peers know graves-rmsprop only")
        torch._dynamo.reset()
        self.loss, self.options = workload["loss"], workload["optimizer"]
        self.inputs = torch.from_numpy(arrays["batch.inputs"])
        length, self.batch, _ = self.inputs.shape
        self.targets = torch.from_numpy(arrays["batch.targets"]).flatten(0, 1)
        self.mask = torch.from_numpy(arrays["batch.mask"]).flatten()
        self.cell = cell_of(CELLS, workload["cell"])(workload["settings"], {"batch": self.batch, "length": length})
        names = [name for name in arrays if name.startswith("params.")]
        self.first = torch.cat([torch.from_numpy(arrays[name]).flatten() for name in names])
        self.flat = self.first.clone()
        self.leaves = []
        for name, part in zip(names, self.flat.split([arrays[name].size for name in names]), strict=True):
            self.leaves.append(part.view(arrays[name].shape).detach().requires_grad_())
        self.params = tree(dict(zip(names, self.leaves, strict=True)), "params.")
        self.slots = [torch.zeros_like(self.flat) for _ in range(3)]
        self.readout_loss = maybe_compiled(readout_loss)
        self.update = maybe_compiled(clip_and_update)
        self.reset()
        started = time.perf_counter()
        self.step()
        self.compile_seconds = time.perf_counter() - started if COMPILES else None

    def reset(self):
        self.flat.copy_(self.first)
        for slot in self.slots:
            slot.zero_()

    def step(self):
        inputs = self.inputs
        if "embedding" in self.params:
            inputs = inputs @ self.params["embedding"]["kernel"]
        outputs = self.cell.outputs(self.params["cell"], inputs)
        loss = self.readout_loss(self.params, self.loss, outputs, self.targets, self.mask, self.batch)
        gradients = torch.autograd.grad(loss, self.leaves)
        with torch.no_grad():
            gradient = torch.cat([part.reshape(-1) for part in gradients])
            norm = self.update(self.options, self.flat, gradient, *self.slots)
        return loss.item(), norm.item()


serve(torch.__version__, Workload)
