"""One step of a differentiable neural computer by PyTorch's own operations: Graves et al. 2016, Methods, with the options
of Csordas and Schmidhuber 2019. Two read and two write heads; allocation by sort, cumprod and scatter.
"""

import torch
from torch.nn.functional import softplus

from record import leaf, write

torch.manual_seed(1)
B, INPUT, H, N, W, R, V = 2, 3, 4, 5, 3, 2, 2
EPS = 1e-6
JOINED = INPUT + R * W
COLUMNS = {
    "wk": V * W, "rk": R * W, "v": V * W, "ws": V, "rs": R, "b0": R, "f0": R, "b1": R, "f1": R,
    "e": V * W, "free": R, "ga": V, "gw": V, "wm": V * W, "rm": R * W, "pi": R * (2 * V + 1),
}
params = {
    "controller.kernel": leaf(torch.randn(JOINED + H, 4 * H) * 0.5),
    "controller.bias": leaf(torch.randn(4 * H) * 0.5),
    "interface.kernel": leaf(torch.randn(H, sum(COLUMNS.values()))),
    "interface.bias": leaf(torch.randn(sum(COLUMNS.values()))),
}
state = {
    "controller.h": leaf(torch.tanh(torch.randn(B, H))),
    "controller.c": leaf(torch.randn(B, H)),
    "read": leaf(torch.randn(B, R * W)),
    "readWeights": leaf(torch.softmax(torch.randn(B, R, N), 2)),
    "usage": leaf(torch.rand(B, N)),
    "links.0": leaf(torch.rand(B, N, N) / N * (1 - torch.eye(N))),
    "links.1": leaf(torch.rand(B, N, N) / N * (1 - torch.eye(N))),
    "precedence": leaf(torch.softmax(torch.randn(B, V, N), 2)),
    "memory": leaf(torch.randn(B, N, W)),
}
external = leaf(torch.randn(B, INPUT))
kernel = params["controller.kernel"]
h, c = torch.lstm_cell(
    torch.cat([external, state["read"]], 1), (state["controller.h"], state["controller.c"]),
    kernel[:JOINED].T, kernel[JOINED:].T, params["controller.bias"], torch.zeros(4 * H),
)
raw = dict(zip(COLUMNS, torch.split(h @ params["interface.kernel"] + params["interface.bias"], list(COLUMNS.values()), 1), strict=True))
oneplus = lambda x: 1 + softplus(x)
rows = lambda name, heads: raw[name].reshape(B, heads, -1)


def content(memory, key, strength, mask):
    seen, asked = memory[:, None] * mask[:, :, None], (key * mask)[:, :, None]
    length = lambda x: torch.sqrt(x.square().sum(-1) + EPS)
    cosine = (seen * asked).sum(-1) / (length(seen) * length(asked) + EPS)
    return torch.softmax(strength[:, :, None] * cosine, 2)


def allocation(usage):
    order, place = (EPS + (1 - EPS) * usage).sort(1)
    before = torch.cat([torch.ones(B, 1), order.cumprod(1)[:, :-1]], 1)
    return torch.zeros(B, N).scatter(1, place, (1 - order) * before)


def sharpened(d, s):
    d = d + EPS
    d = (d / d.max(-1, keepdim=True)[0]) ** s[:, :, None]
    return d / d.sum(-1, keepdim=True)


psi = (1 - torch.sigmoid(raw["free"])[:, :, None] * state["readWeights"]).prod(1)
usage = state["usage"] * psi
ga, gw = torch.sigmoid(raw["ga"]), torch.sigmoid(raw["gw"])
found = content(state["memory"], rows("wk", V), oneplus(raw["ws"]), torch.sigmoid(rows("wm", V)))
used, written = usage, []
for v in range(V):
    free = allocation(used)
    used = used + (1 - used) * (ga * gw)[:, v, None] * free
    written.append(gw[:, v, None] * (ga[:, v, None] * free + (1 - ga[:, v, None]) * found[:, v]))
written = torch.stack(written, 1)
erase = torch.sigmoid(rows("e", V))
kept = (1 - written[:, :, :, None] * erase[:, :, None]).prod(1) * psi[:, :, None]
memory = state["memory"] * kept + torch.einsum("bvn,bvw->bnw", written, rows("v", V))
links = []
for v in range(V):
    w, p = written[:, v], state["precedence"][:, v]
    link = (1 - w[:, :, None] - w[:, None]) * state[f"links.{v}"] + w[:, :, None] * p[:, None]
    links.append(link * (1 - torch.eye(N)))
precedence = (1 - written.sum(2, keepdim=True)) * state["precedence"] + written
pi = torch.softmax(rows("pi", R), 2)
weights = pi[:, :, -1:] * content(memory, rows("rk", R), oneplus(raw["rs"]), torch.sigmoid(rows("rm", R)))
for v in range(V):
    backward = torch.einsum("bri,bij->brj", state["readWeights"], links[v])
    forward = torch.einsum("bij,brj->bri", links[v], state["readWeights"])
    weights = weights + pi[:, :, v : v + 1] * sharpened(backward, oneplus(raw[f"b{v}"]))
    weights = weights + pi[:, :, V + v : V + v + 1] * sharpened(forward, oneplus(raw[f"f{v}"]))
read = torch.einsum("brn,bnw->brw", weights, memory).reshape(B, R * W)

results = {
    "output": torch.cat([h, read], 1),
    "state.controller.h": h, "state.controller.c": c, "state.read": read, "state.readWeights": weights,
    "state.usage": 1 - (1 - usage) * (1 - written).prod(1),
    "state.links.0": links[0], "state.links.1": links[1],
    "state.precedence": precedence, "state.memory": memory,
}
cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
sum((results[path] * cotangents[path]).sum() for path in results).backward()
leaves = {
    **{f"params.{path}": value for path, value in params.items()},
    **{f"state.{path}": value for path, value in state.items()},
    "input": external,
}
write(
    "dnc",
    {
        "slots": N, "width": W, "controllerSize": H, "readHeads": R, "writeHeads": V,
        "maskedContent": True, "erasingDeallocation": True, "linkSharpness": True,
    },
    leaves=leaves,
    cotangents=cotangents,
    results=results,
    gradients={path: value.grad for path, value in leaves.items()},
)
