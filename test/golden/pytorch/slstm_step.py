"""One step of one layer of sLSTM with the stack around it, by PyTorch's own operations: Beck et al. 2024, section 2.2.

Kernels are whole block-diagonal matrices, one for each gate, and heads are normed by group_norm.
"""

import torch
from torch.nn.functional import group_norm, logsigmoid, rms_norm, silu

from record import leaf, write

BATCH, INPUT, SIZE, HEADS = 2, 3, 6, 2
WIDTH = SIZE // HEADS

torch.manual_seed(3)
own = {
    "convolution.kernel": leaf(torch.randn(4, SIZE) * 0.5),
    "convolution.bias": leaf(torch.randn(SIZE) * 0.5),
    "gates": leaf(torch.randn(HEADS, WIDTH, 2 * WIDTH) * 0.7),
    "writing": leaf(torch.randn(HEADS, WIDTH, 2 * WIDTH) * 0.7),
    "recurrent": leaf(torch.randn(HEADS, WIDTH, 4 * WIDTH) * 0.7),
    "bias": leaf(torch.randn(HEADS, 4 * WIDTH)),
    "norm": leaf(1 + torch.randn(HEADS, WIDTH) * 0.3),
}
params = {
    "input.kernel": leaf(torch.randn(INPUT, SIZE)),
    "input.bias": leaf(torch.randn(SIZE) * 0.5),
    "layers.0.norm": leaf(1 + torch.randn(SIZE) * 0.3),
    **{f"layers.0.layer.{path}": value for path, value in own.items()},
    "norm": leaf(1 + torch.randn(SIZE) * 0.3),
}
state = {
    "past": leaf(torch.randn(BATCH, 3, SIZE)),
    "hidden": leaf(torch.randn(BATCH, HEADS, WIDTH)),
    "cell": leaf(torch.randn(BATCH, HEADS, WIDTH)),
    "normalizer": leaf(1 + torch.rand(BATCH, HEADS, WIDTH)),
    "stabilizer": leaf(torch.randn(BATCH, HEADS, WIDTH) * 2),
}
external = leaf(torch.randn(BATCH, INPUT))

stream = external @ params["input.kernel"] + params["input.bias"]
x = rms_norm(stream, [SIZE], params["layers.0.norm"], 1e-5)
window = torch.cat([state["past"], x[:, None]], 1)
seen = silu((window * own["convolution.kernel"]).sum(1) + own["convolution.bias"])
hidden = state["hidden"].reshape(BATCH, SIZE)


def gate(at):
    """i, f, z or o of all heads, before its function."""
    kernel, column = (own["gates"], at) if at < 2 else (own["writing"], at - 2)
    shown = seen if at < 2 else x
    slot = slice(at * WIDTH, (at + 1) * WIDTH)
    fed = shown @ torch.block_diag(*kernel[:, :, column * WIDTH : (column + 1) * WIDTH])
    mixed = hidden @ torch.block_diag(*own["recurrent"][:, :, slot])
    return (fed + mixed + own["bias"][:, slot].reshape(SIZE)).view(BATCH, HEADS, WIDTH)


i, f, z, o = (gate(at) for at in range(4))
m = torch.maximum(logsigmoid(f) + state["stabilizer"], i)
kept, written = torch.exp(logsigmoid(f) + state["stabilizer"] - m), torch.exp(i - m)
cell = kept * state["cell"] + written * torch.tanh(z)
normalizer = kept * state["normalizer"] + written
answer = torch.sigmoid(o) * cell / normalizer
stream = stream + group_norm(answer.reshape(BATCH, SIZE), HEADS, own["norm"].reshape(SIZE), None, 1e-5)

results = {
    "output": rms_norm(stream, [SIZE], params["norm"], 1e-5),
    "state.layers.0.past": window[:, 1:],
    "state.layers.0.hidden": answer,
    "state.layers.0.cell": cell,
    "state.layers.0.normalizer": normalizer,
    "state.layers.0.stabilizer": m,
}
cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
sum((results[path] * cotangents[path]).sum() for path in results).backward()
leaves = {
    **{f"params.{path}": value for path, value in params.items()},
    **{f"state.layers.0.{path}": value for path, value in state.items()},
    "input": external,
}
write(
    "slstm",
    {"size": SIZE, "heads": HEADS},
    leaves=leaves,
    cotangents=cotangents,
    results=results,
    gradients={path: value.grad for path, value in leaves.items()},
)
