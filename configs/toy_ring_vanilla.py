"""The ring of eight with the game of 2014.

    python main.py --config=configs/toy_ring_vanilla.py

Measured with ten seeds: 4 to 8 modes, 43 % of the samples within 3 sigma of one (docs/laboratory.md).
"""

from gan_jax.configs import common, toy_ring


def get_config():
  return common.vanilla(toy_ring.get_config(), dim=2)


def get_test_config():
  return common.get_toy_test_config(get_config())
