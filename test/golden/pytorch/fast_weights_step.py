"""One step of fast weights from equations 1 and 2 of Ba et al. 2016: two inner steps, layer norm (PyTorch's own).

The fast weights come from states written before, so that one file serves both forms: `matrix` is A(t-1), `attention` the
states it is made of, the oldest place empty.
"""

import torch
from torch.nn.functional import layer_norm, relu

from record import leaf, write

torch.manual_seed(1)
BATCH, INPUT, SIZE, LENGTH, DECAY, RATE, INNER_STEPS = 2, 3, 5, 4, 0.9, 0.5, 2

params = {
    "recurrentKernel": leaf(torch.randn(SIZE, SIZE) * 0.5),
    "inputKernel": leaf(torch.randn(INPUT, SIZE)),
    "norm.gain": leaf(1 + torch.randn(SIZE) * 0.3),
    "norm.bias": leaf(torch.randn(SIZE) * 0.5),
}
hidden = leaf(torch.randn(BATCH, SIZE))
external = leaf(torch.randn(BATCH, INPUT))
past = torch.randn(BATCH, LENGTH, SIZE)
past[:, 0] = 0
past = leaf(past)

before = sum(
    RATE * DECAY ** (LENGTH - 1 - place) * past[:, place, :, None] * past[:, place, None, :] for place in range(LENGTH)
)
before.retain_grad()

fast = DECAY * before + RATE * hidden[:, :, None] * hidden[:, None, :]  # eq. 1
boundary = hidden @ params["recurrentKernel"] + external @ params["inputKernel"]
settled = relu(boundary)
for _ in range(INNER_STEPS):  # eq. 2
    total = boundary + torch.einsum("bij,bj->bi", fast, settled)
    settled = relu(layer_norm(total, [SIZE], params["norm.gain"], params["norm.bias"], 1e-5))

results = {"output": settled, "state.hidden": settled}
cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
sum((results[path] * cotangents[path]).sum() for path in results).backward()

leaves = {
    **{f"params.{path}": value for path, value in params.items()},
    "state.hidden": hidden,
    "matrix": before,
    "attention": past,
    "input": external,
}
write(
    "fast-weights",
    {"size": SIZE, "decay": DECAY, "rate": RATE, "innerSteps": INNER_STEPS, "layerNorm": True},
    leaves=leaves,
    cotangents=cotangents,
    results={**results, "matrix": fast, "attention": torch.cat([past[:, 1:], hidden[:, None]], 1)},
    gradients={path: value.grad for path, value in leaves.items()},
)
