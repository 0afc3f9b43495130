"""One step of one layer of Titans and of TTT-Linear with the stack around it: Behrouz et al. 2025, eq. 12 to 15; Sun et al. 2024.

What the memory learns is torch.autograd's own gradient of its loss, |f(k) - v|^2, through torch's layer_norm.
"""

import torch
from torch.nn.functional import conv1d, layer_norm, linear, rms_norm, silu

from record import leaf, write

BATCH, INPUT, SIZE, HEADS = 2, 3, 6, 2
WIDTH = SIZE // HEADS

CASES = {
    "titans": {"memory": "titans", "momentum": "learned", "forgetting": "learned", "target": "value"},
    "ttt": {"memory": "ttt", "momentum": "none", "forgetting": "none", "target": "difference"},
    "titans-ttt": {"memory": "ttt", "momentum": "learned", "forgetting": "learned", "target": "value"},
}


def record(name, settings):
    torch.manual_seed(1)
    inner = settings["memory"] == "ttt"
    rates = [
        *(["alpha"] if settings["forgetting"] == "learned" else []),
        *(["eta"] if settings["momentum"] == "learned" else []),
        "theta",
    ]
    own = {
        "kernel": leaf(torch.randn(SIZE, 4 * SIZE + HEADS * len(rates)) * 0.5),
        "convolution": leaf(torch.randn(4, 3 * SIZE) * 0.5),
        **{f"rates.{rate}": leaf(torch.randn(HEADS)) for rate in rates},
        "norm": leaf(1 + torch.randn(WIDTH) * 0.3),
        "output": leaf(torch.randn(SIZE, SIZE) * 0.5),
    }
    state = {"memory": leaf(torch.randn(BATCH, HEADS, WIDTH, WIDTH) * 0.5)}
    if "eta" in rates:
        state["momentum"] = leaf(torch.randn(BATCH, HEADS, WIDTH, WIDTH) * 0.5)
    if inner:
        own["inner.gain"] = leaf(1 + torch.randn(HEADS, WIDTH) * 0.3)
        own["inner.shift"] = leaf(torch.randn(HEADS, WIDTH) * 0.3)
        state["bias"] = leaf(torch.randn(BATCH, HEADS, WIDTH) * 0.5)
        if "eta" in rates:
            state["biasMomentum"] = leaf(torch.randn(BATCH, HEADS, WIDTH) * 0.5)
    state["past"] = leaf(torch.randn(BATCH, 3, 3 * SIZE))
    params = {
        "input.kernel": leaf(torch.randn(INPUT, SIZE)),
        "input.bias": leaf(torch.randn(SIZE) * 0.5),
        "layers.0.norm": leaf(1 + torch.randn(SIZE) * 0.3),
        **{f"layers.0.layer.{path}": value for path, value in own.items()},
        "norm": leaf(1 + torch.randn(SIZE) * 0.3),
    }
    external = leaf(torch.randn(BATCH, INPUT))

    stream = linear(external, params["input.kernel"].T, params["input.bias"])
    shown = rms_norm(stream, [SIZE], params["layers.0.norm"], 1e-5)
    raw, gate, rest = torch.split(shown @ own["kernel"], [3 * SIZE, SIZE, HEADS * len(rates)], 1)
    rows = torch.cat([state["past"], raw[:, None]], 1)
    mixed = silu(conv1d(rows.transpose(1, 2), own["convolution"].T[:, None], groups=3 * SIZE)[:, :, 0])
    q, k, v = (part.reshape(BATCH, HEADS, WIDTH) for part in torch.split(mixed, SIZE, 1))
    q, k = (x * torch.rsqrt(x.square().sum(-1, keepdim=True) + 1e-6) for x in (q, k))
    shares = {
        rate: torch.sigmoid(part + own[f"rates.{rate}"])[:, :, None]
        for rate, part in zip(rates, torch.split(rest, HEADS, 1))
    }

    def f(memory, bias, x):
        z = torch.einsum("bhij,bhj->bhi", memory, x)
        if inner:
            # A layer_norm for each head, whose gain and shift are its own.
            z = layer_norm(z + bias, [WIDTH], eps=1e-6) * own["inner.gain"] + own["inner.shift"]
        return x + z if settings["target"] == "difference" else z

    held = [state["memory"], *([state["bias"]] if inner else [])]
    past = [state.get("momentum"), state.get("biasMomentum")]
    loss = (f(held[0], held[1] if inner else None, k) - v).square().sum()
    gradients = torch.autograd.grad(loss, held, create_graph=True)
    theta = shares["theta"] / (WIDTH if inner else 1)
    new, momenta = [], []
    for x, before, gradient in zip(held, past, gradients):
        shaped = (lambda share: share[..., None]) if x.dim() == 4 else (lambda share: share)
        momentum = -shaped(theta) * gradient
        if before is not None:
            momentum = momentum + shaped(shares["eta"]) * before
        kept = x * (1 - shaped(shares["alpha"])) if "alpha" in shares else x
        new.append(kept + momentum)
        momenta.append(momentum)
    o = f(new[0], new[1] if inner else None, q)
    normed = rms_norm(o, [WIDTH], own["norm"], 1e-5).reshape(BATCH, SIZE)
    stream = stream + (normed * silu(gate)) @ own["output"]

    after = {"memory": new[0], "past": rows[:, 1:]}
    if "eta" in rates:
        after["momentum"] = momenta[0]
    if inner:
        after["bias"] = new[1]
        if "eta" in rates:
            after["biasMomentum"] = momenta[1]
    results = {
        "output": rms_norm(stream, [SIZE], params["norm"], 1e-5),
        **{f"state.layers.0.{path}": value for path, value in after.items()},
    }
    cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
    sum((results[path] * cotangents[path]).sum() for path in results).backward()
    leaves = {
        **{f"params.{path}": value for path, value in params.items()},
        **{f"state.layers.0.{path}": value for path, value in state.items()},
        "input": external,
    }
    write(
        name,
        {"size": SIZE, "heads": HEADS, "convolution": True, **settings},
        leaves=leaves,
        cotangents=cotangents,
        results=results,
        gradients={path: value.grad for path, value in leaves.items()},
    )


for name, settings in CASES.items():
    record(name, settings)
