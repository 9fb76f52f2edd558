"""What all tests share: float64 random tensors, and quick, repeatable property tests."""

import pytest
import torch
from hypothesis import HealthCheck, settings

settings.register_profile(
    "course", deadline=None, derandomize=True, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("course")


@pytest.fixture
def randn():
    """Draw standard normal float64 tensors, the same ones in every run."""
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
