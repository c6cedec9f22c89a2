"""A grid of 25 narrow modes: none may be missed.

python main.py --config=configs/toy_grid.py [--config.population.seeds=10]
"""

from configs import common


def get_config():
  return common.toy('grid')


def get_test_config():
  return common.get_toy_test_config(get_config())
