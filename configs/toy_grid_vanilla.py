"""The grid of 25 with the game of 2014. Not measured yet.

python main.py --config=configs/toy_grid_vanilla.py
"""

from configs import common, toy_grid


def get_config():
  return common.vanilla(toy_grid.get_config(), dim=2)


def get_test_config():
  return common.get_toy_test_config(get_config())
