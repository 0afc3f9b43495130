"""The benchmark's other cells in PyTorch, and the residual stack that modern ones share. A cell has `start(params)`
and `one_step(x, state, params)`, which gives its output and the next state.
"""

import torch
from torch.nn.functional import layer_norm, rms_norm, silu, softplus

from protocol import check_attention, check_delta, check_dnc, check_mlstm


def lstm_step(x, h, c, kernel, bias):
    """One step of an LSTM layer, gates i, f, g, o."""
    i, f, g, o = torch.addmm(bias, torch.cat([x, h], 1), kernel).chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


class Gru:
    """Stacked GRU layers, the reset gate before the product, which PyTorch's own layer has not."""

    def __init__(self, settings, sizes):
        self.names, self.batch = [str(index) for index in range(settings["layers"])], sizes["batch"]

    def start(self, params):
        return [params["layers"][name]["start"].expand(self.batch, -1) for name in self.names]

    def one_step(self, x, state, params):
        after = []
        for name, h in zip(self.names, state, strict=True):
            gates, candidate = params["layers"][name]["gates"], params["layers"][name]["candidate"]
            both = torch.sigmoid(torch.addmm(gates["bias"], torch.cat([x, h], 1), gates["kernel"]))
            reset, update = both.chunk(2, 1)
            c = torch.tanh(torch.addmm(candidate["bias"], torch.cat([x, reset * h], 1), candidate["kernel"]))
            x = torch.lerp(c, h, update)
            after.append(x)
        return x, after


class Dnc:
    """The differentiable neural computer: R read heads and one write head. Usage is sorted, which the paper does and Engram does not."""

    def __init__(self, settings, sizes):
        check_dnc(settings)
        self.slots, self.width = settings["slots"], settings["width"]
        self.reads, self.batch = settings["readHeads"], sizes["batch"]
        self.apart = 1 - torch.eye(self.slots)

    def start(self, params):
        h, c = (params["controller"]["start"][name].expand(self.batch, -1) for name in "hc")
        zeros = torch.zeros(self.batch, self.slots)
        memory, links = zeros[:, :, None].expand(-1, -1, self.width), zeros[:, :, None].expand(-1, -1, self.slots)
        read, weights = torch.zeros(self.batch, self.reads, self.width), torch.zeros(self.batch, self.reads, self.slots)
        return h, c, read, weights, zeros, links, zeros, memory

    def content(self, memory, key, strength):
        key_norm = torch.sqrt(key.square().sum(2, keepdim=True) + 1e-6)
        memory_norm = torch.sqrt(memory.square().sum(2) + 1e-6)[:, None]
        likeness = torch.bmm(key * strength, memory.transpose(1, 2)) / (key_norm * memory_norm + 1e-6)
        return torch.softmax(likeness, 2)

    def allocation(self, usage):
        floored = usage * (1 - 1e-6) + 1e-6
        order = torch.argsort(torch.round(floored.detach() * 1e5), dim=1, stable=True)
        ascending = floored.gather(1, order)
        smaller = torch.cat([torch.ones(self.batch, 1), torch.cumprod(ascending[:, :-1], 1)], 1)
        return torch.zeros_like(usage).scatter(1, order, (1 - ascending) * smaller)

    def one_step(self, x, state, params):
        h, c, read, before, usage, links, precedence, memory = state
        batch, reads, width = self.batch, self.reads, self.width
        controller, interface = params["controller"], params["interface"]
        h, c = lstm_step(torch.cat([x, read.flatten(1)], 1), h, c, controller["kernel"], controller["bias"])
        raw = torch.addmm(interface["bias"], h, interface["kernel"])
        write_key, read_key, value, strengths, gates, modes = raw.split(
            [width, reads * width, width, 1 + reads, width + reads + 2, 3 * reads], 1
        )
        strengths = softplus(strengths)[:, :, None] + 1
        erase, free, allocation_gate, write_gate = torch.sigmoid(gates).split([width, reads, 1, 1], 1)
        modes = torch.softmax(modes.view(batch, reads, 3), 2)

        usage = usage * (1 - free[:, :, None] * before).prod(1)
        found = self.content(memory, write_key[:, None], strengths[:, :1])[:, 0]
        written = write_gate * torch.lerp(found, self.allocation(usage), allocation_gate)
        to = written[:, :, None]
        memory = torch.addcmul(memory * (1 - to * erase[:, None]), to, value[:, None])
        links = torch.addcmul(links * (1 - to - written[:, None]), to, precedence[:, None]) * self.apart
        precedence = (1 - written.sum(1, keepdim=True)) * precedence + written
        usage = torch.lerp(written, torch.ones(()), usage)

        backward, forward = torch.bmm(before, links), torch.bmm(before, links.transpose(1, 2))
        found = self.content(memory, read_key.view(batch, reads, width), strengths[:, 1:])
        weights = backward * modes[..., :1] + forward * modes[..., 1:2] + found * modes[..., 2:]
        read = torch.bmm(weights, memory)
        return torch.cat([h, read.flatten(1)], 1), (h, c, read, weights, usage, links, precedence, memory)


def unit(x):
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + 1e-6)


def convolve(kernel, past, x):
    """The short convolution: the last four rows of each channel, and the three that are kept."""
    rows = torch.cat([past, x[:, None]], 1)
    return (rows * kernel).sum(1), rows[:, 1:]


class Residual:
    """Layers that add to a stream, normed before each and at the end; `layer_step` of a subclass is from D to D numbers."""

    def __init__(self, settings, sizes):
        self.settings, self.size, self.heads = settings, settings["size"], settings["heads"]
        self.names, self.batch = [str(index) for index in range(settings["layers"])], sizes["batch"]

    def start(self, params):
        return [self.layer_start() for _ in self.names]

    def one_step(self, x, state, params):
        size = [self.size]
        stream = (x @ params["input"]["kernel"] if "kernel" in params["input"] else x) + params["input"]["bias"]
        after = []
        for name, before in zip(self.names, state, strict=True):
            own = params["layers"][name]
            output, kept = self.layer_step(rms_norm(stream, size, own["norm"], 1e-5), before, own["layer"])
            stream = stream + output
            after.append(kept)
        return rms_norm(stream, size, params["norm"], 1e-5), after


class Delta(Residual):
    """DeltaNet and Gated DeltaNet."""

    def __init__(self, settings, sizes):
        super().__init__(settings, sizes)
        self.key, self.value = check_delta(settings)
        self.gated = settings["rule"] == "gated-delta"
        self.seen = self.heads * (2 * self.key + self.value)
        self.columns = [self.seen, self.heads * self.value, self.heads, self.heads * self.gated]

    def layer_start(self):
        return torch.zeros(self.batch, self.heads, self.value, self.key), torch.zeros(self.batch, 3, self.seen)

    def layer_step(self, x, state, params):
        memory, past = state
        batch, heads, key, value = self.batch, self.heads, self.key, self.value
        raw, gate, beta, decay = (x @ params["kernel"]).split(self.columns, 1)
        raw, past = convolve(params["convolution"], past, raw)
        q, k, v = (
            part.view(batch, heads, -1) for part in silu(raw).split([heads * key, heads * key, heads * value], 1)
        )
        q, k = unit(q) * key**-0.5, unit(k)
        if self.gated:
            dt = softplus(decay + params["decay"]["bias"])
            memory = memory * torch.exp(-dt * torch.exp(params["decay"]["A"]))[:, :, None, None]
        error = (v - (memory @ k[..., None])[..., 0]) * torch.sigmoid(beta)[:, :, None]
        memory = torch.addcmul(memory, error[..., None], k[:, :, None])
        read = rms_norm((memory @ q[..., None])[..., 0], [value], params["norm"], 1e-5).flatten(1)
        return (read * silu(gate)) @ params["output"], (memory, past)


class Rwkv7(Residual):
    """The time mixing of RWKV-7."""

    def layer_start(self):
        width = self.size // self.heads
        return torch.zeros(self.batch, self.size), torch.zeros(self.batch, self.heads, width, width)

    def layer_step(self, x, state, params):
        past, memory = state
        batch, heads, width = self.batch, self.heads, self.size // self.heads
        mixed = {name: torch.lerp(x, past, mix) for name, mix in params["mix"].items()}
        decay, rate, gate, norm = (params[name] for name in ("decay", "rate", "gate", "norm"))
        r, k, v = mixed["r"] @ params["receptance"], mixed["k"] @ params["key"], mixed["v"] @ params["value"]
        speed = torch.sigmoid(decay["bias"] + torch.tanh(mixed["w"] @ decay["down"]) @ decay["up"])
        w = torch.exp(speed * -0.6065306597126334)
        a = torch.sigmoid(rate["bias"] + mixed["a"] @ rate["down"] @ rate["up"])
        g = torch.sigmoid(mixed["g"] @ gate["down"]) @ gate["up"]
        kt = k * (1 + (a - 1) * params["replacement"])
        removal = unit((k * params["removal"]).view(batch, heads, width))
        r, v, w, a, kt = (part.view(batch, heads, width) for part in (r, v, w, a, kt))
        found = memory @ removal[..., None]
        memory = memory * w[:, :, None] - found * (a * removal)[:, :, None] + v[..., None] * kt[:, :, None]
        o = (memory @ r[..., None])[..., 0]
        normed = layer_norm(o, [width], None, None, 64e-5) * norm["gain"] + norm["bias"]
        bonus = (r * kt * params["bonus"]).sum(2, keepdim=True) * v
        return (g * (normed + bonus).flatten(1)) @ params["output"], (x, memory)


class Attention(Residual):
    """Softmax attention to a past that is kept row by row, with rotary positions."""

    def __init__(self, settings, sizes):
        super().__init__(settings, sizes)
        check_attention(settings)
        self.d, self.window = self.size // self.heads, sizes["length"]
        self.theta = 10_000.0 ** (-2 * torch.arange(self.d // 2) / self.d)
        self.back = torch.arange(self.window).flip(0)

    def layer_start(self):
        rows = torch.zeros(self.batch, self.heads, self.window, self.d)
        return torch.zeros(()), rows, rows, torch.zeros(self.batch, 3, 3 * self.size)

    def layer_step(self, x, state, params):
        time, keys, values, past = state
        raw, past = convolve(params["convolution"], past, x @ params["kernel"])
        q, k, v = (part.view(self.batch, self.heads, self.d) for part in raw.chunk(3, 1))
        cos, sin = torch.cos(time * self.theta), torch.sin(time * self.theta)

        def turned(z):
            a, b = z.chunk(2, 2)
            return torch.cat([a * cos - b * sin, a * sin + b * cos], 2)

        keys = torch.cat([keys[:, :, 1:], turned(k)[:, :, None]], 2)
        values = torch.cat([values[:, :, 1:], v[:, :, None]], 2)
        likeness = (keys @ (turned(q) * self.d**-0.5)[..., None])[..., 0]
        weights = torch.softmax(likeness.masked_fill(self.back > time, -1e9), 2)
        read = (weights[:, :, None] @ values).flatten(1)
        return read @ params["output"], (time + 1, keys, values, past)


class Mlstm(Residual):
    """The matrix memory of xLSTM, stabilized."""

    def __init__(self, settings, sizes):
        super().__init__(settings, sizes)
        check_mlstm(settings)
        self.inner = 2 * self.size
        self.d = self.inner // self.heads

    def layer_start(self):
        batch, heads, d = self.batch, self.heads, self.d
        memory, normalizer = torch.zeros(batch, heads, d, d), torch.zeros(batch, heads, d)
        return memory, normalizer, torch.zeros(batch, heads, 1), torch.zeros(batch, 3, self.inner)

    def projected(self, kernel, x):
        return torch.einsum("bni,nij->bnj", x.view(self.batch, -1, 4), kernel).reshape(self.batch, self.heads, self.d)

    def layer_step(self, x, state, params):
        memory, normalizer, stabilizer, past = state
        u, z = (part.contiguous() for part in (x @ params["up"]).chunk(2, 1))
        raw, past = convolve(params["convolution"]["kernel"], past, u)
        c = silu(raw + params["convolution"]["bias"])
        q, k = self.projected(params["query"], c), self.projected(params["key"], c)
        v = self.projected(params["value"], u)
        gates = torch.addmm(params["gates"]["bias"], torch.cat([q, k, v], 1).flatten(1), params["gates"]["kernel"])
        i, f = gates[:, :, None].chunk(2, 1)
        faded = stabilizer - softplus(-f)
        stabilizer = torch.maximum(faded, i)
        keep, written = torch.exp(faded - stabilizer), torch.exp(i - stabilizer) * k * self.d**-0.5
        memory = memory * keep[..., None] + v[..., None] * written[:, :, None]
        normalizer = keep * normalizer + written
        total = (normalizer * q).sum(2, keepdim=True).abs()
        floor = torch.exp((-stabilizer).clamp(max=80))
        h = (memory @ q[..., None])[..., 0] / (torch.maximum(total, floor) + 1e-6)
        normed = layer_norm(h, [self.d], None, None, 1e-5) * params["norm"]
        output = (normed.flatten(1) + params["skip"] * c) * silu(z)
        return output @ params["down"], (memory, normalizer, stabilizer, past)


CELLS = {"gru": Gru, "dnc": Dnc, "delta": Delta, "rwkv7": Rwkv7, "attention": Attention, "mlstm": Mlstm}
