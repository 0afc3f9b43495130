"""One step of one layer of mLSTM with the stack around it, by PyTorch's own operations: Beck et al. 2024, section 2.3.

Blocks of four are one block-diagonal matrix, heads are normed by group_norm, and the last channels are convolved by conv1d.
"""

import torch
from torch.nn.functional import conv1d, group_norm, linear, logsigmoid, rms_norm, silu

from record import leaf, write

BATCH, INPUT, SIZE, HEADS = 2, 3, 6, 2
INNER = 2 * SIZE
WIDTH = INNER // HEADS

torch.manual_seed(1)
own = {"up": leaf(torch.randn(SIZE, 2 * INNER) * 0.5)}
own["convolution.kernel"] = leaf(torch.randn(4, INNER) * 0.5)
own["convolution.bias"] = leaf(torch.randn(INNER) * 0.5)
for name in ["query", "key", "value"]:
    own[name] = leaf(torch.randn(INNER // 4, 4, 4) * 0.5)
own["gates.kernel"] = leaf(torch.randn(3 * INNER, 2 * HEADS) * 0.3)
own["gates.bias"] = leaf(torch.randn(2 * HEADS))
own["norm"] = leaf(1 + torch.randn(HEADS, WIDTH) * 0.3)
own["skip"] = leaf(1 + torch.randn(INNER) * 0.3)
own["down"] = leaf(torch.randn(INNER, SIZE) * 0.5)
params = {
    "input.kernel": leaf(torch.randn(INPUT, SIZE)),
    "input.bias": leaf(torch.randn(SIZE) * 0.5),
    "layers.0.norm": leaf(1 + torch.randn(SIZE) * 0.3),
    **{f"layers.0.layer.{path}": value for path, value in own.items()},
    "norm": leaf(1 + torch.randn(SIZE) * 0.3),
}
state = {
    "past": leaf(torch.randn(BATCH, 3, INNER)),
    "memory": leaf(torch.randn(BATCH, HEADS, WIDTH, WIDTH) * 0.5),
    "normalizer": leaf(torch.randn(BATCH, HEADS, WIDTH)),
    "stabilizer": leaf(torch.randn(BATCH, HEADS, 1)),
}
external = leaf(torch.randn(BATCH, INPUT))

stream = linear(external, params["input.kernel"].T, params["input.bias"])
x = rms_norm(stream, [SIZE], params["layers.0.norm"], 1e-5)

u, z = (x @ own["up"]).chunk(2, dim=1)
seen = torch.cat([state["past"], u[:, None]], dim=1)
weights = own["convolution.kernel"].T[:, None]
c = silu(conv1d(seen.transpose(1, 2), weights, own["convolution.bias"], groups=INNER)[:, :, 0])
q, k, v = (
    y @ torch.block_diag(*own[name]) for y, name in [(c, "query"), (c, "key"), (u, "value")]
)
i, f = (torch.cat([q, k, v], dim=1) @ own["gates.kernel"] + own["gates.bias"])[:, :, None].chunk(2, dim=1)
q, k, v = (y.reshape(BATCH, HEADS, WIDTH) for y in (q, k, v))
stabilizer = torch.maximum(logsigmoid(f) + state["stabilizer"], i)
forget = torch.exp(logsigmoid(f) + state["stabilizer"] - stabilizer)
write_share = torch.exp(i - stabilizer)
k = k / WIDTH**0.5
memory = forget[..., None] * state["memory"] + write_share[..., None] * v[..., :, None] @ k[..., None, :]
normalizer = forget * state["normalizer"] + write_share * k
divisor = torch.maximum((normalizer * q).sum(-1, keepdim=True).abs(), torch.exp(-stabilizer)) + 1e-6
h = (memory @ q[..., None])[..., 0] / divisor
normed = group_norm(h.reshape(BATCH, INNER), HEADS, own["norm"].reshape(-1), None, 1e-5)
stream = stream + ((normed + own["skip"] * c) * silu(z)) @ own["down"]

results = {
    "output": rms_norm(stream, [SIZE], params["norm"], 1e-5),
    "state.layers.0.past": seen[:, 1:],
    "state.layers.0.memory": memory,
    "state.layers.0.normalizer": normalizer,
    "state.layers.0.stabilizer": stabilizer,
}
cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
sum((results[path] * cotangents[path]).sum() for path in results).backward()
leaves = {
    **{f"params.{path}": value for path, value in params.items()},
    **{f"state.layers.0.{path}": value for path, value in state.items()},
    "input": external,
}
write(
    "mlstm",
    {"size": SIZE, "heads": HEADS},
    leaves=leaves,
    cotangents=cotangents,
    results=results,
    gradients={path: value.grad for path, value in leaves.items()},
)
