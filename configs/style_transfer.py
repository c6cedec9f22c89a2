"""Faces as drawings: an encoder-decoder against a discriminator of patches, with the pixels to hold on to.

    python main.py --config=configs/style_transfer.py:cpu

Measured on two CPU cores (AMD EPYC), 3,000 steps of 4 in 16 min: the distance of 7x7 patches to the style
is 0.19 of the contents', edges correlate with the contents' by 0.85 (docs/translation.md). get_config() is
the same for an accelerator: 50,000 steps of 23 GFLOP, 1.1 PFLOP in all (computed). Of one's own images:

    python main.py --config=configs/style_transfer.py --config.data.name=unpaired \
      --config.data.source_path=CONTENTS --config.data.path=STYLES
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  config.update(
    gan=dict(name='style_transfer', content=1.0, adversarial=1.0),
    loss='least_squares',
    data=dict(name='avatar_looks', before='', after='drawn=edges', size=(64, 64), channels=3),
    generator=dict(name='resnet', width=64, strides=(2, 2), kernel=9, blocks=0),
    discriminator=dict(name='patch', width=64, norm='instance'),
    train=dict(batch_size=4, num_steps=50_000),
    evaluate=dict(num_images=500, best='style_distance'),
    sample=dict(num=24),
  )
  return config


def get_cpu_config():
  config = get_config()
  config.train.num_steps = 3_000
  return config


def get_test_config():
  return common.get_translation_test_config(get_config())
