"""Faces as drawings: an encoder-decoder against a discriminator of patches, with the pixels to hold on to.

    python main.py --config=configs/style_transfer.py
    python main.py --config=configs/style_transfer.py --config.data.name=unpaired \
      --config.data.source_path=CONTENTS --config.data.path=STYLES

Not trained yet: no time and no score is known.
"""

from configs import common


def get_config():
  config = common.get_config()
  config.update(
    gan=dict(name='style_transfer', content=1.0, adversarial=1.0),
    loss='least_squares',
    data=dict(name='avatar_looks', before='', after='drawn=edges', size=(64, 64), channels=3),
    generator=dict(name='resnet', width=64, strides=(2, 2), kernel=9, blocks=0),
    discriminator=dict(name='patch', width=64, norm='instance'),
    train=dict(batch_size=4, num_steps=50_000),
    evaluate=dict(num_images=500),
    sample=dict(num=24),
  )
  return config


def get_test_config():
  return common.get_translation_test_config(get_config())
