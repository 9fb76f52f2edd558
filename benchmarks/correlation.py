"""The loops of `corr2d` against `corr2d_vectorized` and torch, on one photograph-sized image: ratios in one run.

Prints the medians; the last line is JSON, seconds relative to torch.
"""

import json
import statistics
import time

import torch
import torch.nn.functional as F

from cnncourse.cross_correlation import corr2d, corr2d_vectorized

ROUNDS = 5


def by_torch(x: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """Correlate with torch's own convolution."""
    return F.conv2d(x[None, None], kernel[None, None])[0, 0]


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    x, kernel = torch.rand(128, 192, generator=generator), torch.rand(3, 3, generator=generator)
    operations = {"torch": by_torch, "vectorized": corr2d_vectorized, "loops": corr2d}
    times = {name: [] for name in operations}
    for _ in range(ROUNDS + 1):
        for name, operation in operations.items():
            start = time.perf_counter()
            operation(x, kernel)
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}  # the first round warms up
    for name, median in medians.items():
        print(f"{name:10} {1000 * median:8.2f} ms")
    print(json.dumps({name: round(median / medians["torch"], 1) for name, median in medians.items()}))


if __name__ == "__main__":
    main()
