"""Drawn faces by attributes and numbers: colour and style of hair, smile, glasses, hat, place, size, hue.

    python main.py --config=configs/conditional_avatars.py
    python main.py --workdir=runs/conditional_avatars --mode=sample --condition='{"hat": 1, "scale": 0.6}'

An auxiliary classifier (Odena et al. 2017, arxiv.org/abs/1610.09585) of 17 attributes and four real values: D
reads them off images, and G is to make them readable.

Measured so far: nothing to the end. It is meant for half an hour on two CPU cores.
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  optimizer = dict(learning_rate=2e-4, schedule='linear', decay_start=0.5)
  network = dict(name='dcgan', strides=(2, 2, 2, 2))
  config.update(
    gan=dict(name='conditional'),
    condition=dict(name='auxiliary', generator='batch_norm', on=('attributes', 'values')),
    data=dict(
      name='avatars', size=(64, 64), channels=3, places='wide', values=('shift_x', 'shift_y', 'scale', 'hue')
    ),
    latents=dict(dim=64),
    generator=dict(width=256, norm=(True,) * 4, **network),
    discriminator=dict(width=32, norm=(False, True, True, True), **network),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=64, num_steps=7_000),
    evaluate=dict(
      num_images=2_000,
      every=1_000,
      measures=('fid', 'class_accuracy', 'value_correlation'),
      best='attribute_accuracy',
    ),
    sample=dict(every=500, num=64),
    checkpoint=dict(every=500),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.update(generator=dict(width=16), discriminator=dict(width=2), data=dict(num_images=64))
  return config
