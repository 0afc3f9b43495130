"""What all scripts of a step share: random leaves that float32 can hold, and the file that the golden tests read.

Run with PyTorch 2.13:  for script in test/golden/pytorch/*_step.py; do python3 $script; done
"""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)


def leaf(values):
    """A float64 leaf whose values are exact in float32, so that both libraries start from the same numbers."""
    return values.float().double().requires_grad_()


def array(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().reshape(-1).tolist()}


def write(name, settings, **groups):
    """Writes expected/pytorch-<name>.json: groups of tensors by path, one tensor a line."""
    lines = [f' "torch": {json.dumps(torch.__version__)}', f' "settings": {json.dumps(settings)}']
    for group, tensors in groups.items():
        rows = [f"  {json.dumps(path)}: {json.dumps(array(tensor))}" for path, tensor in tensors.items()]
        lines.append(f" {json.dumps(group)}: {{\n" + ",\n".join(rows) + "\n }")
    path = pathlib.Path(__file__).parent.parent / "expected" / f"pytorch-{name}.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
