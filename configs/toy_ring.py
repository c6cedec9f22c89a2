"""A ring of eight narrow modes: none may be missed.

python main.py --config=configs/toy_ring.py [--config.population.seeds=10]
"""

from configs import common


def get_config():
  return common.toy('ring')


def get_test_config():
  return common.get_toy_test_config(get_config())
