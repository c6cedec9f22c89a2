"""Two curves at once, a sine and a parabola; any other density by name.

    python main.py --config=configs/toy_curves.py [--config.data.density=spiral]

Measured on two CPU cores (AMD EPYC), ten seeds: energy distance 0.0011 +- 0.0003, of real samples 0.0010; 77
seconds for one copy, 10 minutes for ten (docs/laboratory.md).
"""

from gan_jax.configs import common


def get_config():
  return common.toy('two_curves')


def get_test_config():
  return common.get_toy_test_config(get_config())
