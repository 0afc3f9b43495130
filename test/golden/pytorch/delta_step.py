"""One step of one layer of each rule of the linear family, with the stack around it, by PyTorch's own operations.

The front end is that of DeltaNet and its successors (q, k, v by a depthwise causal convolution, SiLU, length 1, gated
RMSNorm of each head); the rules are the recurrences of Katharopoulos et al. 2020 (eq. 18 to 20), Schlag et al. 2021
(eq. 24), Dao and Gu 2024, Yang et al. 2024 (GLA), Yang et al. 2025 (eq. 10) and Siems et al. 2025, the delta rules in the
form S (I - beta k k'). Each rule is tried with other settings, so that all of them are.
"""

import torch
from torch.nn.functional import conv1d, elu, linear, relu, rms_norm, silu, softplus

from record import leaf, write

BATCH, INPUT, SIZE, HEADS, KEY, VALUE = 2, 3, 6, 2, 3, 4

CASES = {
    "sum": {"featureMap": "elu", "normalization": "attention"},
    "delta": {"featureMap": "dpfp", "nu": 2, "normalization": "sum"},
    "gated-sum": {"gate": "scalar", "featureMap": "silu", "normalization": "none"},
    "gated-sum-channel": {"rule": "gated-sum", "gate": "channel", "featureMap": "identity", "normalization": "none"},
    "gated-delta": {"gate": "scalar", "featureMap": "silu", "normalization": "l2"},
    "product": {"steps": 3, "featureMap": "silu", "normalization": "l2", "negativeEigenvalues": True},
    "gated-product": {"steps": 2, "gate": "channel", "featureMap": "relu", "normalization": "sum", "convolution": False},
}


def phi(x, feature_map, nu):
    if feature_map == "dpfp":
        r = relu(torch.cat([x, -x], -1))
        return torch.cat([r * torch.roll(r, -j, -1) for j in range(1, nu + 1)], -1)
    return {"silu": silu, "elu": lambda z: elu(z) + 1, "relu": relu, "identity": lambda z: z}[feature_map](x)


def features(x, settings, query):
    mapped = phi(x, settings["featureMap"], settings["nu"])
    normalization = settings["normalization"]
    if normalization == "sum":
        return mapped / (mapped.sum(-1, keepdim=True) + 1e-6)
    if normalization == "l2":
        mapped = mapped * torch.rsqrt(mapped.square().sum(-1, keepdim=True) + 1e-6)
    return mapped * mapped.shape[-1] ** -0.5 if query and normalization != "attention" else mapped


def record(name, changes):
    torch.manual_seed(1)
    settings = {
        "rule": name,
        "size": SIZE,
        "heads": HEADS,
        "keySize": KEY,
        "valueSize": VALUE,
        "nu": 1,
        "gate": "scalar",
        "steps": 1,
        "negativeEigenvalues": False,
        "convolution": True,
        **changes,
    }
    rule, steps, convolved = settings["rule"], settings["steps"], settings["convolution"]
    gated, reads = rule.startswith("gated"), not rule.endswith("sum")
    width = 2 * KEY * settings["nu"] if settings["featureMap"] == "dpfp" else KEY
    channels = width if settings["gate"] == "channel" else 1
    seen = HEADS * (KEY + steps * (KEY + VALUE))
    columns = [seen, HEADS * VALUE, HEADS * steps * reads, HEADS * channels * gated]

    params = {
        "input.kernel": leaf(torch.randn(INPUT, SIZE)),
        "input.bias": leaf(torch.randn(SIZE) * 0.5),
        "layers.0.norm": leaf(1 + torch.randn(SIZE) * 0.3),
        "layers.0.layer.kernel": leaf(torch.randn(SIZE, sum(columns)) * 0.5),
        "layers.0.layer.norm": leaf(1 + torch.randn(VALUE) * 0.3),
        "layers.0.layer.output": leaf(torch.randn(HEADS * VALUE, SIZE) * 0.5),
        "norm": leaf(1 + torch.randn(SIZE) * 0.3),
    }
    if convolved:
        params["layers.0.layer.convolution"] = leaf(torch.randn(4, seen) * 0.5)
    if gated:
        params["layers.0.layer.decay.A"] = leaf(torch.randn(HEADS) * 0.5)
        params["layers.0.layer.decay.bias"] = leaf(torch.randn(HEADS * channels) * 0.5)
    state = {"memory": leaf(torch.randn(BATCH, HEADS, VALUE, width) * 0.5)}
    if settings["normalization"] == "attention":
        state["weights"] = leaf(torch.rand(BATCH, HEADS, width) + 0.5)
    if convolved:
        state["past"] = leaf(torch.randn(BATCH, 3, seen))
    external = leaf(torch.randn(BATCH, INPUT))
    prefix = "layers.0.layer."
    own = {path.removeprefix(prefix): value for path, value in params.items() if path.startswith(prefix)}

    # The stack: x + layer(RMSNorm(x)), then RMSNorm.
    stream = linear(external, params["input.kernel"].T, params["input.bias"])
    shown = rms_norm(stream, [SIZE], params["layers.0.norm"], 1e-5)

    raw, gate, beta, decay = torch.split(shown @ own["kernel"], columns, 1)
    after = {}
    if convolved:
        rows = torch.cat([state["past"], raw[:, None]], 1)
        after["past"] = rows[:, 1:]
        raw = conv1d(rows.transpose(1, 2), own["convolution"].T[:, None], groups=seen)[:, :, 0]
    vectors = torch.split(raw, [HEADS * KEY] * (1 + steps) + [HEADS * VALUE] * steps, 1)
    heads = [vector.reshape(BATCH, HEADS, -1) for vector in vectors]
    query = features(heads[0], settings, True)
    keys = [features(key, settings, False) for key in heads[1 : 1 + steps]]
    values = [silu(value) if convolved else value for value in heads[1 + steps :]]
    strengths = torch.sigmoid(beta).reshape(BATCH, steps, HEADS) * (2 if settings["negativeEigenvalues"] else 1) if reads else None
    alpha = None
    if gated:
        dt = softplus(decay + own["decay.bias"]).reshape(BATCH, HEADS, channels)
        alpha = torch.exp(-torch.exp(own["decay.A"])[:, None] * dt)

    memory = state["memory"]
    if alpha is not None:
        memory = memory * alpha[:, :, None, :]
    for j in range(steps):
        outer = torch.einsum("bhv,bhk->bhvk", values[j], keys[j])
        if reads:
            strength = strengths[:, j, :, None, None]
            kept = torch.eye(width) - strength * torch.einsum("bha,bhc->bhac", keys[j], keys[j])
            memory = memory @ kept + strength * outer
        elif gated and settings["gate"] == "scalar":
            memory = memory + dt[:, :, :, None] * outer
        else:
            memory = memory + outer
    after["memory"] = memory
    read = torch.einsum("bhvk,bhk->bhv", memory, query)
    if "weights" in state:
        after["weights"] = state["weights"] + keys[0]
        read = read / (torch.einsum("bhk,bhk->bh", after["weights"], query)[:, :, None] + 1e-6)
    normed = rms_norm(read, [VALUE], own["norm"], 1e-5).reshape(BATCH, HEADS * VALUE)
    stream = stream + (normed * silu(gate)) @ own["output"]

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
        f"delta-{name}",
        settings,
        leaves=leaves,
        cotangents=cotangents,
        results=results,
        gradients={path: value.grad for path, value in leaves.items()},
    )


for name, changes in CASES.items():
    record(name, changes)
