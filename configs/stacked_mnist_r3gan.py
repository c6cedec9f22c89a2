"""Stacked MNIST by R3GAN's game: a relativistic loss with R1 and R2, no norm in D, stacks without end.

    python main.py --config=configs/stacked_mnist_r3gan.py [--config.data.manual_dir=DIR]
    python main.py --config=configs/stacked_mnist_r3gan.py:cpu [--config.data.manual_dir=DIR]

The paper reaches 1,000 modes and a KL of 0.078 nats (Huang et al. 2024, https://arxiv.org/abs/2501.05441);
its code has no preset for stacks. These are that of CIFAR-10 (https://github.com/brownvc/R3GAN): networks,
rates that fall along a cosine, 20 million images; the penalties, from 1 to 0.1, are a choice made here. It is
for an accelerator. ':cpu' is the game with narrow DCGAN networks: 10 GFLOP, 70 ms a step, 50 min on two CPU
cores (computed).

Measured with :cpu on an H200 that fifteen other trainings used (2026-11-27), 40,000 steps in 4.5 min: all
1,000 modes, KL 0.030 (floor 0.020). docs/stacked_mnist.md has the protocol. The large networks not yet.
"""

from gan_jax.configs import common

IMAGES = 20_000_000


def get_config():
  config = common.stacked_mnist()
  optimizer = dict(learning_rate=2e-4, b1=0.0, b2=0.99, schedule='cosine', final_scale=0.25)
  config.update(
    loss='relativistic',
    penalty=dict(r1=1.0, r2=1.0, final_scale=0.1),
    latents=dict(dim=64, law='normal'),
    generator=dict(name='r3gan', widths=(768,) * 4),
    discriminator=dict(name='r3gan', widths=(768,) * 4),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=512, num_steps=IMAGES // 512, latents='fresh'),
    evaluate=dict(every=4_000),
    sample=dict(every=1_000),
    checkpoint=dict(every=1_000),
  )
  return config


def get_cpu_config():
  config = get_config()
  network = dict(name='dcgan', strides=(2, 2, 2))
  config.generator = dict(**network, width=128, norm=(True, True, True))
  config.discriminator = dict(**network, width=32, norm=(False, False, False))
  config.update(train=dict(batch_size=64, num_steps=40_000, latents='shared'), evaluate=dict(every=10_000))
  for side in ('g_optimizer', 'd_optimizer'):
    config[side].learning_rate = 5e-4
  return config


def get_test_config():
  config = common.get_stacked_test_config(get_config())
  for side in ('generator', 'discriminator'):
    config[side].update(widths=(8,) * 4, blocks=(1,) * 4, group_size=8)
  return config
