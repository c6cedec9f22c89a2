"""Stacked MNIST, a thousand classes, by the plain DCGAN: the game that loses most of them.

    python main.py --config=configs/stacked_mnist_dcgan.py [--config.data.manual_dir=DIR]
    python main.py --config=configs/stacked_mnist_dcgan.py:cpu [--config.data.manual_dir=DIR]

VEEGAN's protocol as PacGAN's authors ran it (https://github.com/fjxmlzn/PacGAN, VEEGAN_experiment): 128,000
fixed stacks, 50 epochs in batches of 64, G updated twice a step; they found 79 modes and a KL of 4.50 nats,
and quote 99 and 3.40 of others (Lin et al. 2018, table 2, https://arxiv.org/abs/1712.04086); they draw 26,000
samples, here 25,600. It is for an accelerator. ':cpu' has layers half as wide, of 4x4, and 20 epochs: 12
GFLOP a step, about an hour on two CPU cores (computed).

Measured with :cpu on an H200 that fifteen other trainings used (2026-11-27; the last 850 steps on two CPU
cores), 40,000 steps in 5.5 min: 95 modes, KL 3.67 (floor 0.020). docs/stacked_mnist.md has the protocol.
"""

from gan_jax.configs import common

STACKS = 128_000
EPOCH = STACKS // 64


def get_config():
  config = common.stacked_mnist()
  network = dict(name='dcgan', kernel=5, strides=(2, 2, 2, 2))
  config.update(
    data=dict(num_images=STACKS),
    generator=dict(**network, width=512, norm=(True, True, True, True)),
    discriminator=dict(**network, width=64, norm=(False, True, True, True)),
    train=dict(batch_size=64, num_steps=50 * EPOCH, g_steps=2, ema_decay=0.0),
    evaluate=dict(every=5 * EPOCH),
    sample=dict(every=EPOCH),
    checkpoint=dict(every=EPOCH),
  )
  return config


def get_cpu_config():
  return for_cpu(get_config())


def for_cpu(config):
  config.update(
    generator=dict(width=256, kernel=4),
    discriminator=dict(width=32, kernel=4),
    train=dict(num_steps=20 * EPOCH),
  )
  return config


def get_test_config():
  config = common.get_stacked_test_config(get_config())
  config.update(generator=dict(width=16), discriminator=dict(width=4))
  return config
