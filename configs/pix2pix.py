"""Faces from their segmentation: pix2pix, a U-Net against a discriminator of 70 x 70 patches.

    python main.py --config=configs/pix2pix.py [--config.data.source=edges]

Measured on two CPU cores (Intel Xeon), a U-Net of width 96 that adds to the map, 15,000 steps of 4 in 19 min:
SSIM 0.941 (the map: 0.60), L1 0.0257 (the map: 0.079; docs/translation.md). The widths and steps below are
for an accelerator and have not been run.
"""

from configs import common


def get_config():
  config = common.get_config()
  config.update(
    gan=dict(name='pix2pix', l1=100.0),
    data=dict(name='avatar_pairs', size=(64, 64), channels=3, source='segmentation', num_images=10_000),
    generator=dict(name='unet', width=64, depth=6, dropout=0.5),
    discriminator=dict(name='patch', width=64, norm='batch'),
    train=dict(batch_size=8, num_steps=50_000),
    evaluate=dict(num_images=500),
    sample=dict(num=24),
  )
  return config


def get_test_config():
  config = common.get_translation_test_config(get_config())
  config.generator.depth = 3
  return config
