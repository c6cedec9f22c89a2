"""Tests compile many small programs and run each a few times: compile without optimisation."""

import os

import pytest

os.environ.setdefault('JAX_PLATFORMS', 'cpu')
os.environ['XLA_FLAGS'] = (
  os.environ.get('XLA_FLAGS', '') + ' --xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false'
)


@pytest.fixture
def digits_config():
  """The demo's config in seconds: (path, overrides) -> ConfigDict through `load`."""
  from gan_jax import config

  return lambda *overrides: config.load('configs/dcgan_digits.py:test', overrides)
