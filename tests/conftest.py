"""What all tests share: float64 random tensors, and quick, repeatable property tests."""

import gc
from functools import partialmethod

import pytest
import torch
from hypothesis import HealthCheck, settings
from nbval.plugin import IPyNbCell

from cnncourse.data import MNIST, DataError, Dataset, find_files, mnist
from tools import pages
from tools.tolerance import settle_outputs

collect_ignore_glob = ["outside/*"]  # what people write, which tests read
pytest.register_assert_rewrite("figures_reader", "figures_checks")  # their assertions speak as those of the tests
settings.register_profile(
    "course", deadline=None, derandomize=True, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("course")


def compare_settled(cell, test, ref, skip_compare=None, *, strictly):
    """Compare a cell's outputs as nbval does, after decimals within their tolerances became the stored ones.

    Drawings are left out as nbval leaves out other pictures: their last digits differ from machine to machine.
    """
    settled, outside = settle_outputs(cell.cell.source, stored=ref, found=test)
    same = strictly(cell, settled, ref, (*(skip_compare or cell.parent.skip_compare), *pages.PICTURES))
    cell.comparison_traceback += ["", *outside] if outside else []
    return same


if not isinstance(vars(IPyNbCell)["compare_outputs"], partialmethod):
    IPyNbCell.compare_outputs = partialmethod(compare_settled, strictly=IPyNbCell.compare_outputs)


@pytest.fixture
def randn():
    """Draw standard normal float64 tensors, the same ones in every run."""
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.fixture
def published_mnist() -> Dataset:
    """Load MNIST where it is at hand; elsewhere skip the test, and say which file is missing."""
    try:
        find_files(MNIST)
    except DataError as error:
        pytest.skip(f"mnist is not at hand: {str(error).splitlines()[0]}")
    return mnist()


def pytest_collection_modifyitems(items):
    """Skip the notebooks whose dataset is not at hand, and say which file is missing."""
    notebooks = [item for item in items if item.path.suffix == ".ipynb" and item.path.parent == pages.ROOT / "book"]
    reasons = {name: pages.missing_data(name) for name in {item.path.stem for item in notebooks}}
    for item in notebooks:
        if reason := reasons[item.path.stem]:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish():
    """Let the garbage collector pass over all that was imported: it is much, it stays, and each look takes a second."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    """Say what to do about a notebook whose stored outputs differ; nbval shows the difference only."""
    failed = {report.nodeid.split("::")[0] for report in terminalreporter.getreports("failed")}
    for path in sorted(path for path in failed if path.endswith(".ipynb")):
        name = path.removeprefix("book/").removesuffix(".ipynb")
        terminalreporter.write_line(
            f"{path}: a cell failed, or gave another output than the stored one. If the new output is right, run "
            f"python -m tools.pages generate {name} --fresh; if it depends on the machine, say by how much, as in "
            f"# ± 0.010 behind the print; python -m tools.calibrate {name} measures it."
        )
