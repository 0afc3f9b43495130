"""One step of one layer of attention with the stack around it, by PyTorch's own scaled_dot_product_attention.

Rotations are products of complex numbers (Su et al. 2021, section 3.2.2), the convolution is conv1d over four tokens.
"""

import torch
from torch.nn.functional import conv1d, linear, rms_norm, scaled_dot_product_attention

from record import leaf, write

BATCH, INPUT, SIZE, HEADS, WINDOW = 2, 3, 8, 2, 4
WIDTH = SIZE // HEADS

torch.manual_seed(1)
own = {
    "kernel": leaf(torch.randn(SIZE, 3 * SIZE) * 0.5),
    "convolution": leaf(torch.randn(4, 3 * SIZE) * 0.5),
    "output": leaf(torch.randn(SIZE, SIZE) * 0.5),
}
params = {
    "input.kernel": leaf(torch.randn(INPUT, SIZE)),
    "input.bias": leaf(torch.randn(SIZE) * 0.5),
    "layers.0.norm": leaf(1 + torch.randn(SIZE) * 0.3),
    **{f"layers.0.layer.{path}": value for path, value in own.items()},
    "norm": leaf(1 + torch.randn(SIZE) * 0.3),
}
# The first example has an empty place, the second one has none.
state = {
    "time": leaf(torch.tensor([[2.0], [5.0]])),
    "keys": leaf(torch.randn(BATCH, HEADS, WINDOW, WIDTH)),
    "values": leaf(torch.randn(BATCH, HEADS, WINDOW, WIDTH)),
    "past": leaf(torch.randn(BATCH, 3, 3 * SIZE) * 0.5),
}
external = leaf(torch.randn(BATCH, INPUT))

stream = linear(external, params["input.kernel"].T, params["input.bias"])
x = rms_norm(stream, [SIZE], params["layers.0.norm"], 1e-5)

raw = x @ own["kernel"]
seen = torch.cat([state["past"], raw[:, None]], 1)
convolved = conv1d(seen.mT, own["convolution"].T[:, None], groups=3 * SIZE)[:, :, 0]
q, k, v = (part.reshape(BATCH, HEADS, WIDTH) for part in convolved.chunk(3, -1))
rates = 10_000.0 ** (-torch.arange(0, WIDTH, 2) / WIDTH)
turn = torch.polar(torch.ones(BATCH, WIDTH // 2), state["time"] * rates)[:, None]


def rotated(y):
    turned = torch.complex(*y.chunk(2, -1)) * turn
    return torch.cat([turned.real, turned.imag], -1)


keys = torch.cat([state["keys"][:, :, 1:], rotated(k)[:, :, None]], 2)
values = torch.cat([state["values"][:, :, 1:], v[:, :, None]], 2)
filled = torch.arange(WINDOW - 1, -1, -1) <= state["time"].detach()
read = scaled_dot_product_attention(rotated(q)[:, :, None], keys, values, attn_mask=filled[:, None, None])
stream = stream + read.reshape(BATCH, SIZE) @ own["output"]

results = {
    "output": rms_norm(stream, [SIZE], params["norm"], 1e-5),
    "state.layers.0.time": state["time"] + 1,
    "state.layers.0.keys": keys,
    "state.layers.0.values": values,
    "state.layers.0.past": seen[:, 1:],
}
cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
sum((results[path] * cotangents[path]).sum() for path in results).backward()
leaves = {
    **{f"params.{path}": value for path, value in params.items()},
    **{f"state.layers.0.{path}": value for path, value in state.items()},
    "input": external,
}
write(
    "attention",
    {"size": SIZE, "heads": HEADS, "window": WINDOW, "sliding": True},
    leaves=leaves,
    cotangents=cotangents,
    results=results,
    gradients={path: value.grad for path, value in leaves.items()},
)
