"""Faces from their segmentation: pix2pix, a U-Net against a discriminator of 70 x 70 patches.

    python main.py --config=configs/pix2pix.py:cpu

Measured on two CPU cores (Intel Xeon with AVX-512), 15,000 steps of 4 in 18.5 min: SSIM 0.941 (the map:
0.60), L1 0.0257 (the map: 0.079; docs/translation.md). get_config() is for an accelerator: the paper's
widths, L1 weighed 100, 44 GFLOP a step, 2.2 PFLOP in all (computed); --config.data.source=edges is
another task.
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  config.update(
    gan=dict(name='pix2pix', l1=100.0),
    data=dict(name='avatar_pairs', size=(64, 64), channels=3, source='segmentation', num_images=10_000),
    generator=dict(name='unet', width=64, depth=6, dropout=0.5),
    discriminator=dict(name='patch', width=64, norm='batch'),
    train=dict(batch_size=8, num_steps=50_000),
    evaluate=dict(num_images=500, best='l1'),
    sample=dict(num=24),
  )
  return config


def get_cpu_config():
  config = get_config()
  config.update(
    gan=dict(l1=3000.0),
    data=dict(num_images=64_000),  # each face is seen once
    generator=common.adding_unet(width=96),
    discriminator=dict(width=16),
    g_optimizer=dict(learning_rate=2e-3, b2=0.99, schedule='cosine', warmup_steps=100),
    d_optimizer=dict(schedule='cosine'),
    train=dict(batch_size=4, num_steps=15_000),
  )
  return config


def get_test_config():
  config = common.get_translation_test_config(get_config())
  config.generator.depth = 3
  return config
