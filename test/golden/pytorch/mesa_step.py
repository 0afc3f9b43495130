"""One step of one layer of MesaNet with the stack around it: von Oswald et al. 2025, solved by torch.linalg.solve."""

import torch
from torch.nn.functional import conv1d, linear, rms_norm, silu, softplus

from record import leaf, write

BATCH, INPUT, SIZE, HEADS = 2, 3, 6, 2
WIDTH = SIZE // HEADS

torch.manual_seed(1)
own = {
    "kernel": leaf(torch.randn(SIZE, 4 * SIZE + 2 * HEADS) * 0.5),
    "convolution": leaf(torch.randn(4, 2 * SIZE) * 0.5),
    "rates.beta": leaf(torch.randn(HEADS)),
    "rates.gamma": leaf(torch.randn(HEADS) + 2),
    "lambda": leaf(torch.randn(HEADS, WIDTH) * 0.5),
    "norm": leaf(1 + torch.randn(WIDTH) * 0.3),
    "output": leaf(torch.randn(SIZE, SIZE) * 0.5),
}
params = {
    "input.kernel": leaf(torch.randn(INPUT, SIZE)),
    "input.bias": leaf(torch.randn(SIZE) * 0.5),
    "layers.0.norm": leaf(1 + torch.randn(SIZE) * 0.3),
    **{f"layers.0.layer.{path}": value for path, value in own.items()},
    "norm": leaf(1 + torch.randn(SIZE) * 0.3),
}
keys = torch.randn(BATCH, HEADS, WIDTH, 5) * 0.5
state = {
    "keys": leaf(keys @ keys.transpose(2, 3)),
    "values": leaf(torch.randn(BATCH, HEADS, WIDTH, WIDTH) * 0.5),
    "past": leaf(torch.randn(BATCH, 3, 2 * SIZE)),
}
external = leaf(torch.randn(BATCH, INPUT))

stream = linear(external, params["input.kernel"].T, params["input.bias"])
shown = rms_norm(stream, [SIZE], params["layers.0.norm"], 1e-5)
raw, v, gate, beta, gamma = torch.split(shown @ own["kernel"], [2 * SIZE, SIZE, SIZE, HEADS, HEADS], 1)
rows = torch.cat([state["past"], raw[:, None]], 1)
mixed = silu(conv1d(rows.transpose(1, 2), own["convolution"].T[:, None], groups=2 * SIZE)[:, :, 0])
q, k = (part.reshape(BATCH, HEADS, WIDTH) for part in torch.split(mixed, SIZE, 1))
q, k = (x * torch.rsqrt(x.square().sum(-1, keepdim=True) + 1e-6) for x in (q, k))
v = v.reshape(BATCH, HEADS, WIDTH)
beta = torch.sigmoid(beta + own["rates.beta"])
gamma = torch.sigmoid(gamma + own["rates.gamma"]) * (1 - (1 - 0.9975) * beta**2)
beta, gamma = beta[:, :, None, None], gamma[:, :, None, None]
H = gamma * state["keys"] + beta * torch.einsum("bhi,bhj->bhij", k, k)
J = gamma * state["values"] + beta * torch.einsum("bhi,bhj->bhij", v, k)
A = H + torch.diag_embed(0.25 + softplus(own["lambda"]))
o = torch.einsum("bhij,bhj->bhi", J, torch.linalg.solve(A, q[..., None])[..., 0])
normed = rms_norm(o, [WIDTH], own["norm"], 1e-5).reshape(BATCH, SIZE)
stream = stream + (normed * silu(gate)) @ own["output"]

results = {
    "output": rms_norm(stream, [SIZE], params["norm"], 1e-5),
    "state.layers.0.keys": H,
    "state.layers.0.values": J,
    "state.layers.0.past": rows[:, 1:],
}
cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
sum((results[path] * cotangents[path]).sum() for path in results).backward()
leaves = {
    **{f"params.{path}": value for path, value in params.items()},
    **{f"state.layers.0.{path}": value for path, value in state.items()},
    "input": external,
}
write(
    "mesa",
    {"size": SIZE, "heads": HEADS, "steps": 6},
    leaves=leaves,
    cotangents=cotangents,
    results=results,
    gradients={path: value.grad for path, value in leaves.items()},
)
