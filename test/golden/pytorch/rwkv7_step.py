"""One step of one layer of RWKV-7 with the stack around it, by PyTorch's own operations: Peng et al. 2025, eq. 3 to 19.

The memory is multiplied by whole transition matrices, Diag(w) - kh (a kh)', and heads are normed by group_norm.
"""

import torch
from torch.nn.functional import group_norm, linear, rms_norm

from record import leaf, write

BATCH, INPUT, SIZE, HEADS, RANK = 2, 3, 6, 2, 3
WIDTH = SIZE // HEADS

torch.manual_seed(1)
own = {f"mix.{z}": leaf(torch.rand(SIZE)) for z in "rwkvag"}
for name in ["receptance", "key", "value", "output"]:
    own[name] = leaf(torch.randn(SIZE, SIZE) * 0.5)
for name in ["decay", "rate", "gate"]:
    own[f"{name}.down"] = leaf(torch.randn(SIZE, RANK) * 0.5)
    own[f"{name}.up"] = leaf(torch.randn(RANK, SIZE) * 0.5)
for name in ["decay.bias", "rate.bias"]:
    own[name] = leaf(torch.randn(SIZE) * 0.5)
own["removal"] = leaf(0.7 + torch.randn(SIZE) * 0.2)
own["replacement"] = leaf(1 + torch.randn(SIZE) * 0.2)
own["bonus"] = leaf(torch.randn(HEADS, WIDTH) * 0.5)
own["norm.gain"] = leaf(1 + torch.randn(HEADS, WIDTH) * 0.3)
own["norm.bias"] = leaf(torch.randn(HEADS, WIDTH) * 0.3)
params = {
    "input.kernel": leaf(torch.randn(INPUT, SIZE)),
    "input.bias": leaf(torch.randn(SIZE) * 0.5),
    "layers.0.norm": leaf(1 + torch.randn(SIZE) * 0.3),
    **{f"layers.0.layer.{path}": value for path, value in own.items()},
    "norm": leaf(1 + torch.randn(SIZE) * 0.3),
}
state = {
    "past": leaf(torch.randn(BATCH, SIZE)),
    "memory": leaf(torch.randn(BATCH, HEADS, WIDTH, WIDTH) * 0.5),
}
external = leaf(torch.randn(BATCH, INPUT))

stream = linear(external, params["input.kernel"].T, params["input.bias"])
x = rms_norm(stream, [SIZE], params["layers.0.norm"], 1e-5)

shifted = {z: torch.lerp(x, state["past"], own[f"mix.{z}"]) for z in "rwkvag"}
r, k, v = (shifted[z] @ own[name] for z, name in [("r", "receptance"), ("k", "key"), ("v", "value")])
w = torch.exp(-torch.exp(torch.tensor(-0.5)) * torch.sigmoid(
    own["decay.bias"] + torch.tanh(shifted["w"] @ own["decay.down"]) @ own["decay.up"]
))
a = torch.sigmoid(own["rate.bias"] + shifted["a"] @ own["rate.down"] @ own["rate.up"])
g = torch.sigmoid(shifted["g"] @ own["gate.down"]) @ own["gate.up"]
removal = (k * own["removal"]).reshape(BATCH, HEADS, WIDTH)
removal = removal * torch.rsqrt(removal.square().sum(-1, keepdim=True) + 1e-6)
kt = k * (1 + (a - 1) * own["replacement"])
r, w, kt, v, a = (z.reshape(BATCH, HEADS, WIDTH) for z in (r, w, kt, v, a))
transition = torch.diag_embed(w) - torch.einsum("bhi,bhj->bhij", removal, a * removal)
memory = state["memory"] @ transition + torch.einsum("bhv,bhk->bhvk", v, kt)
o = torch.einsum("bhvk,bhk->bhv", memory, r).reshape(BATCH, SIZE)
normed = group_norm(o, HEADS, own["norm.gain"].reshape(-1), own["norm.bias"].reshape(-1), 64e-5)
bonus = (torch.einsum("bhk,bhk,hk->bh", r, kt, own["bonus"])[:, :, None] * v).reshape(BATCH, SIZE)
stream = stream + (g * (normed + bonus)) @ own["output"]

results = {
    "output": rms_norm(stream, [SIZE], params["norm"], 1e-5),
    "state.layers.0.past": x,
    "state.layers.0.memory": memory,
}
cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
sum((results[path] * cotangents[path]).sum() for path in results).backward()
leaves = {
    **{f"params.{path}": value for path, value in params.items()},
    **{f"state.layers.0.{path}": value for path, value in state.items()},
    "input": external,
}
write(
    "rwkv7",
    {"size": SIZE, "heads": HEADS, "decayRank": RANK, "rateRank": RANK, "gateRank": RANK},
    leaves=leaves,
    cotangents=cotangents,
    results=results,
    gradients={path: value.grad for path, value in leaves.items()},
)
