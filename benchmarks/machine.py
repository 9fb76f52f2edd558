"""What the benchmarks run on: processor, threads and versions. The last line is JSON."""

import json
import platform
from pathlib import Path

import torch


def describe() -> dict[str, str | int]:
    """Name the processor, its threads as torch uses them, and the versions of Python and torch."""
    return {
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def _processor() -> str:
    """Read the processor's name from where Linux keeps it; elsewhere ask Python."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    print(json.dumps(describe()))
