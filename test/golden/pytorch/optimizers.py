"""Writes ../expected/optimizers.json: parameters after each of 12 steps of PyTorch's optimizers, in float64.

The gradients are given, not computed, and are the same for all. Run: python test/golden/pytorch/optimizers.py
"""
import json
import math
from pathlib import Path

import torch

STEPS, SIZE = 12, 5
START = [0.5, -1.25, 2.0, 0.0, -0.03]
GRADIENTS = [
    [round(math.sin(1.7 * step + 0.9 * i) * 10 ** (i - 2), 6) for i in range(SIZE)] for step in range(STEPS)
]

CASES = {
    "sgd": (torch.optim.SGD, {"lr": 0.05}),
    "sgd-momentum": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": 1e-8}),
    "rmsprop-momentum": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.95, "eps": 1e-6, "momentum": 0.9}),
    "adam": (torch.optim.Adam, {"lr": 0.01}),
    "adam-betas": (torch.optim.Adam, {"lr": 0.003, "betas": (0.8, 0.9999), "eps": 1e-5}),
    "adamw": (torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.1}),
}


def follow(make, options):
    """Parameters after each step."""
    params = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make([params], **options)
    trace = []
    for gradient in GRADIENTS:
        params.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        trace.append(params.detach().tolist())
    return trace


def main():
    """Writes the file."""
    cases = {name: follow(make, options) for name, (make, options) in CASES.items()}
    document = {"torch": torch.__version__, "start": START, "gradients": GRADIENTS, "cases": cases}
    target = Path(__file__).parent.parent / "expected" / "optimizers.json"
    target.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
