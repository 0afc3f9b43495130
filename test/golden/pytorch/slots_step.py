"""One step of one layer of gated slots with the stack around it, by PyTorch's own operations, for both routings.

GSA: Zhang et al. 2024, section 3. Raven: Afzal et al. 2026, its shares put in place by scatter.
"""

import torch
from torch.nn.functional import linear, logsigmoid, rms_norm, silu, softplus

from record import leaf, write

BATCH, INPUT, SIZE, HEADS, SLOTS, TOP = 2, 3, 6, 2, 5, 3
WIDTH = SIZE // HEADS


def step(routing):
    torch.manual_seed(1)
    routed = routing == "top-k"
    own = {"kernel": leaf(torch.randn(SIZE, 3 * SIZE + HEADS * (SLOTS + routed)) * 0.5)}
    if routed:
        own["decay.A"] = leaf(torch.randn(HEADS))
        own["decay.bias"] = leaf(torch.randn(HEADS))
        own["norms.query"] = leaf(1 + torch.randn(WIDTH) * 0.3)
        own["norms.key"] = leaf(1 + torch.randn(WIDTH) * 0.3)
    own["norm"] = leaf(1 + torch.randn(SIZE) * 0.3)
    own["output"] = leaf(torch.randn(SIZE, SIZE) * 0.5)
    params = {
        "input.kernel": leaf(torch.randn(INPUT, SIZE)),
        "input.bias": leaf(torch.randn(SIZE) * 0.5),
        "layers.0.norm": leaf(1 + torch.randn(SIZE) * 0.3),
        **{f"layers.0.layer.{path}": value for path, value in own.items()},
        "norm": leaf(1 + torch.randn(SIZE) * 0.3),
    }
    state = {
        "keys": leaf(torch.randn(BATCH, HEADS, SLOTS, WIDTH)),
        "values": leaf(torch.randn(BATCH, HEADS, SLOTS, WIDTH)),
    }
    external = leaf(torch.randn(BATCH, INPUT))

    stream = linear(external, params["input.kernel"].T, params["input.bias"])
    x = rms_norm(stream, [SIZE], params["layers.0.norm"], 1e-5)
    both, scores, *rest = (x @ own["kernel"]).split([3 * SIZE, HEADS * SLOTS] + [HEADS] * routed, -1)
    q, k, v = (part.reshape(BATCH, HEADS, WIDTH) for part in silu(both).chunk(3, -1))
    scores = scores.reshape(BATCH, HEADS, SLOTS)
    if routed:
        q = rms_norm(q, [WIDTH], own["norms.query"], 1e-5)
        k = rms_norm(k, [WIDTH], own["norms.key"], 1e-5)
        best = scores.topk(TOP, -1).indices
        highest = torch.sigmoid(scores).gather(-1, best)
        shares = torch.zeros_like(scores).scatter(-1, best, highest / (highest.sum(-1, keepdim=True) + 1e-9))
        log_gate = -(own["decay.A"].exp() * softplus(rest[0] + own["decay.bias"]))[:, :, None] * shares
    else:
        log_gate = logsigmoid(scores) / 8
    gate = log_gate.exp()[:, :, :, None]
    keys = gate * state["keys"] + (1 - gate) * k[:, :, None]
    values = gate * state["values"] + (1 - gate) * v[:, :, None]
    weights = torch.einsum("bhmd,bhd->bhm", keys, q).softmax(-1)
    read = torch.einsum("bhm,bhmd->bhd", weights, values).reshape(BATCH, SIZE)
    stream = stream + rms_norm(silu(read), [SIZE], own["norm"], 1e-5) @ own["output"]

    results = {
        "output": rms_norm(stream, [SIZE], params["norm"], 1e-5),
        "state.layers.0.keys": keys,
        "state.layers.0.values": values,
    }
    cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
    sum((results[path] * cotangents[path]).sum() for path in results).backward()
    leaves = {
        **{f"params.{path}": value for path, value in params.items()},
        **{f"state.layers.0.{path}": value for path, value in state.items()},
        "input": external,
    }
    write(
        f"slots-{routing}",
        {"size": SIZE, "heads": HEADS, "slots": SLOTS, "topK": TOP, "routing": routing},
        leaves=leaves,
        cotangents=cotangents,
        results=results,
        gradients={path: value.grad for path, value in leaves.items()},
    )


step("gated")
step("top-k")
