"""Faces four times as large: SRGAN, on pixels.

    python main.py --config=configs/super_resolution.py:cpu

Measured on two CPU cores (AMD EPYC), 3,400 steps of 16 in 16 min: 21.1 dB, 1.6 above bicubic
(docs/translation.md). get_config() is for an accelerator: the paper's width and blocks, 81 GFLOP a step,
4.0 PFLOP in all (computed). --config.gan.scale=2 is twice as large instead.
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  config.update(
    gan=dict(name='super_resolution', scale=4),
    data=dict(name='avatars', size=(64, 64), channels=3),
    generator=dict(name='srresnet', width=64, blocks=16),
    discriminator=dict(name='dcgan', width=64),
    g_optimizer=dict(learning_rate=1e-4),
    d_optimizer=dict(learning_rate=1e-4),
    train=dict(batch_size=16, num_steps=50_000),
    evaluate=dict(num_images=500, best='l1'),
    sample=dict(num=24),
  )
  return config


def get_cpu_config():
  config = get_config()
  config.update(
    generator=dict(width=32, blocks=6, residual=True),
    discriminator=dict(width=16),
    g_optimizer=dict(learning_rate=4e-4, schedule='cosine'),
    train=dict(num_steps=3_400),
  )
  return config


def get_test_config():
  config = common.get_translation_test_config(get_config())
  config.generator.blocks = 1
  return config
