"""One step of a Neural Turing Machine from the equations of Graves, Wayne and Danihelka 2014, sections 3.1 to 3.3.

LSTM controller (PyTorch's own), two read and two write heads, shifts -1, 0, 1; all heads address the memory as the step
finds it, the read heads read it, then the write heads erase and add. Keys and adds are tanh, strengths softplus, gates
and erases sigmoid, shifts softmax, sharpenings 1 + softplus. The literal forms: no floors, no logarithms.
"""

import torch
from torch.nn.functional import softplus

from record import leaf, write

torch.manual_seed(1)
BATCH, INPUT, CONTROLLER, SLOTS, WIDTH, READS, WRITES, OFFSETS = 2, 3, 4, 5, 3, 2, 2, 3
HEADS = READS + WRITES
COLUMNS = {
    "key": HEADS * WIDTH,
    "add": WRITES * WIDTH,
    "strength": HEADS,
    "sharpening": HEADS,
    "gate": HEADS,
    "erase": WRITES * WIDTH,
    "shift": HEADS * OFFSETS,
}
JOINED = INPUT + READS * WIDTH

params = {
    "controller.kernel": leaf(torch.randn(JOINED + CONTROLLER, 4 * CONTROLLER) * 0.5),
    "controller.bias": leaf(torch.randn(4 * CONTROLLER) * 0.5),
    "heads.kernel": leaf(torch.randn(CONTROLLER, sum(COLUMNS.values()))),
    "heads.bias": leaf(torch.randn(sum(COLUMNS.values()))),
}
state = {
    "controller.h": leaf(torch.tanh(torch.randn(BATCH, CONTROLLER))),
    "controller.c": leaf(torch.randn(BATCH, CONTROLLER)),
    "read": leaf(torch.randn(BATCH, READS * WIDTH)),
    "readWeights": leaf(torch.softmax(torch.randn(BATCH, READS, SLOTS), 2)),
    "writeWeights": leaf(torch.softmax(torch.randn(BATCH, WRITES, SLOTS), 2)),
    "memory": leaf(torch.randn(BATCH, SLOTS, WIDTH)),
}
external = leaf(torch.randn(BATCH, INPUT))

# Controller, section 3.4.
kernel = params["controller.kernel"]
h, c = torch.lstm_cell(
    torch.cat([external, state["read"]], 1),
    (state["controller.h"], state["controller.c"]),
    kernel[:JOINED].T,
    kernel[JOINED:].T,
    params["controller.bias"],
    torch.zeros(4 * CONTROLLER),
)

# Controls of the heads: read heads first.
raw = dict(
    zip(COLUMNS, torch.split(h @ params["heads.kernel"] + params["heads.bias"], list(COLUMNS.values()), 1), strict=True)
)
key = torch.tanh(raw["key"]).reshape(BATCH, HEADS, WIDTH)
add = torch.tanh(raw["add"]).reshape(BATCH, WRITES, WIDTH)
strength = softplus(raw["strength"])
sharpening = 1 + softplus(raw["sharpening"])
gate = torch.sigmoid(raw["gate"])
erase = torch.sigmoid(raw["erase"]).reshape(BATCH, WRITES, WIDTH)
shift = torch.softmax(raw["shift"].reshape(BATCH, HEADS, OFFSETS), 2)

# Addressing, section 3.3: one head of one example at a time.
memory = state["memory"]
previous = torch.cat([state["readWeights"], state["writeWeights"]], 1)


def address(b, head):
    cosine = torch.stack(
        [key[b, head] @ row / (torch.linalg.vector_norm(key[b, head]) * torch.linalg.vector_norm(row)) for row in memory[b]]
    )
    content = torch.exp(strength[b, head] * cosine)
    content = content / content.sum()  # eq. 5, 6
    gated = gate[b, head] * content + (1 - gate[b, head]) * previous[b, head]  # eq. 7
    shifted = torch.stack(  # eq. 8
        [sum(gated[j] * shift[b, head, (i - j + 1) % SLOTS] for j in range(SLOTS) if (i - j + 1) % SLOTS < OFFSETS) for i in range(SLOTS)]
    )
    sharp = shifted ** sharpening[b, head]
    return sharp / sharp.sum()  # eq. 9


weights = torch.stack([torch.stack([address(b, head) for head in range(HEADS)]) for b in range(BATCH)])
read_weights, write_weights = weights[:, :READS], weights[:, READS:]

# Read (eq. 2), then erase (eq. 3), then add (eq. 4).
read = torch.stack(
    [torch.cat([sum(read_weights[b, r, i] * memory[b, i] for i in range(SLOTS)) for r in range(READS)]) for b in range(BATCH)]
)
written = memory
for v in range(WRITES):
    written = written * (1 - write_weights[:, v, :, None] * erase[:, v, None, :])
for v in range(WRITES):
    written = written + write_weights[:, v, :, None] * add[:, v, None, :]

results = {
    "output": torch.cat([h, read], 1),
    "state.controller.h": h,
    "state.controller.c": c,
    "state.read": read,
    "state.readWeights": read_weights,
    "state.writeWeights": write_weights,
    "state.memory": written,
}
cotangents = {path: leaf(torch.randn(value.shape)) for path, value in results.items()}
sum((results[path] * cotangents[path]).sum() for path in results).backward()

leaves = {
    **{f"params.{path}": value for path, value in params.items()},
    **{f"state.{path}": value for path, value in state.items()},
    "input": external,
}
write(
    "ntm",
    {
        "slots": SLOTS,
        "width": WIDTH,
        "controller": "lstm",
        "controllerSize": CONTROLLER,
        "readHeads": READS,
        "writeHeads": WRITES,
        "shiftRange": 1,
        "order": "read-then-write",
    },
    leaves=leaves,
    cotangents=cotangents,
    results=results,
    gradients={path: value.grad for path, value in leaves.items()},
)
