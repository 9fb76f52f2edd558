import subprocess
import sys

import pytest
import torch

from cnncourse.data import digits


def test_digits_equal_what_scikit_learn_loads():
    from sklearn.datasets import load_digits

    expected, (images, labels) = load_digits(), digits()
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64
    assert torch.equal(images.double(), torch.from_numpy(expected.images) / 16)
    assert torch.equal(labels, torch.from_numpy(expected.target))


def test_digits_run_from_blank_to_ink_in_sixteenths():
    images, labels = digits()
    assert images.shape == (1797, 8, 8)
    assert labels.shape == (1797,)
    assert (images.min().item(), images.max().item()) == (0, 1)
    assert torch.equal(images * 16, (images * 16).round())
    assert labels.unique().tolist() == list(range(10))


def test_digits_come_fresh_so_that_changing_them_harms_nobody():
    digits()[0].zero_()
    assert digits()[0].max() == 1


def test_reading_digits_does_not_import_scikit_learn():
    code = "import sys; from cnncourse.data import digits; digits(); print('sklearn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_without_scikit_learn_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr("cnncourse.data.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"scikit-learn holds the digits .* pip install scikit-learn"):
        digits()
