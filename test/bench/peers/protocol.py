"""What every peer of the benchmark shares: arrays from a file, and a loop that answers requests until it is told to quit.

A request is a line of JSON on stdin, an answer a line of JSON on what was stdout; whatever libraries print goes to stderr.
  {"command": "open", "file", "cell", "settings", "loss", "optimizer"} -> {"version", "compileSeconds"}, the latter null
      where nothing is compiled
  {"command": "check", "steps": n}            -> {"steps": [{"loss", "gradientNorm"}]}, from the parameters of the file
  {"command": "time", "warm": m, "steps": n}  -> {"milliseconds": [...]}, n numbers, likewise from the parameters of the file
  {"command": "quit"}
A library opens a workload with `open_workload(workload, arrays)`, which gives an object with `compile_seconds`, `reset()` and
`step()`; a step is forward, backward, clipping and update on the one batch of the file, and returns loss and gradient norm.
"""

import json
import os
import struct
import sys
import time
import traceback

import numpy as np


def read_arrays(path):
    """The float32 arrays of a safetensors file by name."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        values = file.read()
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(values[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).copy()
        for name, entry in header.items()
    }


def tree(arrays, prefix):
    """The arrays below a prefix as nested dictionaries: `cell.heads.kernel` is tree["cell"]["heads"]["kernel"]."""
    root = {}
    for name, value in arrays.items():
        if not name.startswith(prefix):
            continue
        *branches, leaf = name[len(prefix) :].split(".")
        inner = root
        for branch in branches:
            inner = inner.setdefault(branch, {})
        inner[leaf] = value
    return root


class LeftOut(Exception):
    """A workload that a peer does not implement: nothing went wrong."""


def check_ntm(settings):
    """Refuses what the peers leave out of the Neural Turing Machine."""
    expected = {
        "controller": "lstm",
        "order": "read-then-write",
        "memoryStart": "constant",
        "prominence": "none",
        "writeHeads": 1,
        "shiftRange": 1,
    }
    for name, value in expected.items():
        if settings[name] != value:
            raise LeftOut(f"the peers know {name} {value} only")
    if settings["addressStart"] == "uniform":
        raise LeftOut("the peers know addressStart one-hot and learned only")


def check_dnc(settings):
    """Refuses what the peers leave out of the differentiable neural computer."""
    expected = {
        "controller": "lstm",
        "controllerLayers": 1,
        "writeHeads": 1,
        "maskedContent": False,
        "erasingDeallocation": False,
        "linkSharpness": False,
    }
    for name, value in expected.items():
        if settings[name] != value:
            raise LeftOut(f"the peers know {name} {value} only")


def check_delta(settings):
    """Refuses what the peers leave out of the linear family; gives how many numbers a key and a value have."""
    if settings["rule"] not in ("delta", "gated-delta"):
        raise LeftOut("of the linear family the peers know the rules delta and gated-delta only")
    expected = {
        "featureMap": "auto",
        "normalization": "auto",
        "gate": "scalar",
        "negativeEigenvalues": False,
        "convolution": True,
    }
    for name, value in expected.items():
        if settings[name] != value:
            raise LeftOut(f"the peers know {name} {value} only")
    size = settings["size"] // settings["heads"]
    return settings["keySize"] or size, settings["valueSize"] or size


def check_attention(settings):
    """Refuses what the peers leave out of attention."""
    expected = {"window": 0, "sliding": False, "positions": "rotary", "convolution": True}
    for name, value in expected.items():
        if settings[name] != value:
            raise LeftOut(f"the peers know {name} {value} only")


def check_mlstm(settings):
    """Refuses what the peers leave out of mLSTM."""
    if not settings["convolution"]:
        raise LeftOut("the peers know convolution True only")


def cell_of(known, name):
    """The cell of this name, of those that a peer has."""
    if name not in known:
        raise LeftOut(f"the peers know {', '.join(sorted(known))} only")
    return known[name]


def serve(version, open_workload):
    """Answers requests until stdin ends or `quit`."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    opened = None

    def open_(request):
        nonlocal opened
        arrays = read_arrays(request["file"])
        opened = open_workload(request, arrays)
        return {"version": version, "compileSeconds": opened.compile_seconds}

    def check(request):
        opened.reset()
        results = [opened.step() for _ in range(request["steps"])]
        return {"steps": [{"loss": loss, "gradientNorm": norm} for loss, norm in results]}

    def time_(request):
        opened.reset()
        for _ in range(request["warm"]):
            opened.step()
        milliseconds = []
        for _ in range(request["steps"]):
            started = time.perf_counter()
            opened.step()
            milliseconds.append(1000 * (time.perf_counter() - started))
        return {"milliseconds": milliseconds}

    commands = {"open": open_, "check": check, "time": time_}
    for line in sys.stdin:
        request = json.loads(line)
        if request["command"] == "quit":
            break
        try:
            answer = commands[request["command"]](request)
        except LeftOut as reason:
            answer = {"error": f"left out: {reason}"}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers, flush=True)
