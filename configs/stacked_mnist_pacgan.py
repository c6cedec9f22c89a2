"""Stacked MNIST by PacGAN: the DCGAN whose discriminator judges two images together, and so sees them repeat.

    python main.py --config=configs/stacked_mnist_pacgan.py [--config.data.manual_dir=DIR]
    python main.py --config=configs/stacked_mnist_pacgan.py:cpu [--config.data.manual_dir=DIR]

All else is that of stacked_mnist_dcgan, in batches of 64 packs of two: the authors found 1,000 modes and a KL
of 0.06 nats (Lin et al. 2018, sec. 4.2, https://arxiv.org/abs/1712.04086). It is for an accelerator. ':cpu'
has batches of 32 packs, so that it sees as many images in as many steps as the DCGAN does: 9 GFLOP a step,
about 45 minutes on two CPU cores (computed).

Measured with :cpu on an H200 that fifteen other trainings used (2026-11-27; the last 300 steps on two CPU
cores), 40,000 steps in 5.5 min: 991 modes, KL 0.34 (floor 0.020). docs/stacked_mnist.md has the protocol.
"""

from gan_jax.configs import common, stacked_mnist_dcgan

PACK = 2


def get_config():
  config = stacked_mnist_dcgan.get_config()
  config.update(discriminator=dict(pack=PACK), train=dict(batch_size=64 * PACK))
  return config


def get_cpu_config():
  config = stacked_mnist_dcgan.for_cpu(get_config())
  config.train.batch_size = 64
  return config


def get_test_config():
  config = common.get_stacked_test_config(get_config())
  config.update(generator=dict(width=16), discriminator=dict(width=4))
  return config
