"""How long a learner waits for a verdict: right answers, and wrong ones with their diagnosis, each from a fresh seed.

Nothing is cached between two checks: each has a seed of its own, so oracle, catalogued wrong answers and the answer
itself are all run. The last line is JSON.
"""

import argparse
import json
import statistics
import time

import torch

from cnncourse.exercises.library import ids, load
from cnncourse.exercises.model import DRAWS
from cnncourse.exercises.runner import run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", type=int, default=3, help="catalogued wrong answers of each exercise")
    options = parser.parse_args()
    seconds, slowest = [], []
    for name in ids():
        exercise = load(name)
        sources = [exercise.solution_source, *map(exercise.wrong_source, exercise.wrong[: options.wrong])]
        answers = [exercise.compile(source, as_here=True) for source in sources if f"def {name}(" in source]
        mine = []
        for number, answer in enumerate(answers, start=1):
            start = time.perf_counter()
            run(name, answer, seed=number * 100 * DRAWS)
            mine.append(time.perf_counter() - start)
        seconds += mine
        slowest.append((max(mine), name))
    for longest, name in sorted(slowest, reverse=True)[:5]:
        print(f"{name:20} {longest:.2f} s at most")
    result = {
        "threads": torch.get_num_threads(),
        "checks": len(seconds),
        "median_seconds": round(statistics.median(seconds), 3),
        "percentile_95_seconds": round(statistics.quantiles(seconds, n=20)[-1], 3),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
