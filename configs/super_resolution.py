"""Faces four times as large: SRGAN, on pixels.

    python main.py --config=configs/super_resolution.py [--config.gan.scale=2]

Measured on two CPU cores (AMD EPYC), six blocks of width 32 that add to the bicubic image, 3,400 steps in 16
min: 21.1 dB, 1.6 above bicubic (docs/translation.md). The width and steps below are for an accelerator and
have not been run.
"""

from configs import common


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
    evaluate=dict(num_images=500),
    sample=dict(num=24),
  )
  return config


def get_test_config():
  config = common.get_translation_test_config(get_config())
  config.generator.blocks = 1
  return config
