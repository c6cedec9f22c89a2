"""Three modes on a line with the game of 2014.

    python main.py --config=configs/toy_1d_vanilla.py

Measured with ten seeds: Jensen-Shannon divergence 0.19, where toy_1d.py has 0.010 (docs/laboratory.md).
"""

from gan_jax.configs import common, toy_1d


def get_config():
  return common.vanilla(toy_1d.get_config(), dim=1)


def get_test_config():
  return common.get_toy_test_config(get_config())
