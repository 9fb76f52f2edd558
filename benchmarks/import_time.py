"""How long `import cnncourse` takes, against starting a bare interpreter: the two alternate in one run.

Prints the medians and their ratio; the last line is JSON.
"""

import json
import statistics
import subprocess
import sys
import time

ROUNDS = 60
PROGRAMS = {"bare": "pass", "cnncourse": "import cnncourse"}


def seconds(program: str) -> float:
    """Time one interpreter, from start to exit."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    for program in PROGRAMS.values():  # warm the disk cache
        seconds(program)
    times = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            times[name].append(seconds(program))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:10} {1000 * median:6.1f} ms")
    print(json.dumps({"ratio": round(medians["cnncourse"] / medians["bare"], 3), "rounds": ROUNDS}))


if __name__ == "__main__":
    main()
