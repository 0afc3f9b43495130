"""Writes ../expected/*.safetensors with Python's own library; the test writes the same arrays and compares each byte.

Bytes that are equal are bytes that Python reads. Run: python test/golden/safetensors/write.py
"""
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

FOLDER = Path(__file__).parent.parent / "expected"

# By arithmetic alone, so that the test can make the same; listed out of order on purpose.
ARRAYS = {
    "params.readout.kernel": (np.arange(6, dtype=np.float32) / 8 - 0.25).reshape(2, 3),
    "params.cell.bias": np.array([0.0, -0.0, 1e-45, -3.5, 3.4028234663852886e38], dtype=np.float32),
    "params.cell.heads.0.kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "optimizer.step": np.array(12345, dtype=np.float32),
    "empty": np.zeros((0, 4), dtype=np.float32),
    'odd "name" \\ ü': np.array([np.inf], dtype=np.float32),
}


def main():
    """Writes one file with metadata and one without."""
    save_file(ARRAYS, FOLDER / "with-metadata.safetensors", metadata={"format": "engram"})
    save_file({"x": np.float32([1.5, -2.0])}, FOLDER / "plain.safetensors")
    assert len(load_file(FOLDER / "with-metadata.safetensors")) == len(ARRAYS)


if __name__ == "__main__":
    main()
