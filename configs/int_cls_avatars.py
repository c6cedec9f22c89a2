"""Drawn faces that a sentence tells of: GAN-INT-CLS.

    python main.py --config=configs/caption_encoder.py:cpu
    python main.py --config=configs/int_cls_avatars.py:cpu --config.gan.encoder=runs/caption_encoder_cpu
    python main.py --workdir=runs/int_cls_avatars_cpu --mode=sample --caption="a sad face with red hair"

:cpu is the game of configs/gawwn_avatars.py:cpu without places, 68.4 GFLOP a step of 32 (computed). Measured
on two CPU cores (Intel Xeon, AVX-512), 4,000 steps in the place of 7,000, 37 min beside light work: closed
outlines, 64.7 % of what captions name is read off the images, D puts the right caption first in 86.4 %
(docs/words.md).
With the game of the paper, non-saturating with batch norm, 5,380 steps gave grain, and followed no caption.
get_config() is for an accelerator: the paper's widths and game; it has not been trained.
"""

from gan_jax.configs import common


def get_config():
  config = common.of_captions('captioned')
  config.update(
    gan=dict(name='int_cls', interpolation=1.0), generator=dict(width=128), discriminator=dict(width=64)
  )
  return config


def get_cpu_config():
  return common.of_captions_for_cpu(get_config())


def get_test_config():
  return common.get_captions_test_config(get_config())
