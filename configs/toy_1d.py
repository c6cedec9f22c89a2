"""Three modes on a line: p, p_g and D as in the first figure of the theory, while they learn.

python main.py --config=configs/toy_1d.py [--config.data.density=gaussian]
"""

from configs import common


def get_config():
  config = common.toy('mixture')
  config.update(
    latents=dict(dim=1, law='uniform'),
    sample=dict(every=500, at=(10, 50, 100, 200)),
  )
  return config


def get_test_config():
  return common.get_toy_test_config(get_config())
