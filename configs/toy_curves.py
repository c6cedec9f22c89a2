"""Two curves at once, a sine and a parabola; any other density by name.

python main.py --config=configs/toy_curves.py [--config.data.density=spiral]
"""

from configs import common


def get_config():
  return common.toy('two_curves')


def get_test_config():
  return common.get_toy_test_config(get_config())
