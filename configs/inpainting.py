"""What is missing of a face, filled in: a U-Net that sees the mask.

    python main.py --config=configs/inpainting.py [--config.gan.mask=strokes]

Measured on two CPU cores (AMD EPYC), width 48, 3,000 steps in 15 min: 18.1 dB in the hole (the mean colour:
8.7), known pixels kept to the bit (docs/translation.md). The widths and steps below are for an accelerator
and have not been run.
"""

from configs import common


def get_config():
  config = common.get_config()
  config.update(
    gan=dict(name='inpainting', mask='centre', reconstruction=100.0),
    data=dict(name='avatars', size=(64, 64), channels=3),
    generator=dict(name='unet', width=64, depth=6, dropout=0.0),
    discriminator=dict(name='patch', width=64, norm='batch'),
    train=dict(batch_size=16, num_steps=50_000),
    evaluate=dict(num_images=500),
    sample=dict(num=24),
  )
  return config


def get_test_config():
  config = common.get_translation_test_config(get_config())
  config.generator.depth = 3
  return config
