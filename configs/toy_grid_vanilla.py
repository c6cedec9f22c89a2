"""The grid of 25 with the game of 2014.

    python main.py --config=configs/toy_grid_vanilla.py

Measured with ten seeds: 12 to 21 modes, 33 % of the samples within 3 sigma of one (docs/laboratory.md).
"""

from gan_jax.configs import common, toy_grid


def get_config():
  return common.vanilla(toy_grid.get_config(), dim=2)


def get_test_config():
  return common.get_toy_test_config(get_config())
