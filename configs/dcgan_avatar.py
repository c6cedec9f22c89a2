"""Cartoon faces at 48x48: one D update, then two G updates on the same latents.

    python main.py --config=configs/dcgan_avatar.py

Measured on two CPU cores (AMD EPYC), stopped after 937 of its 9,360 steps of 64 (6 of 60 epochs), 2.1 s
each: faces with skin, hats, glasses and shirts of their own, and grain (docs/results.md). All steps are 5.5
hours so, or 186 GFLOP each, 1.7 PFLOP together (computed). Stop it when you like: the same command goes on.
For one's own images add --config.data.name=folder --config.data.path=DIR.
"""

from gan_jax.configs import common

EPOCH = 10_000 // 64


def get_config():
  config = common.get_config()
  network = dict(name='dcgan', kernel=5, strides=(2, 2, 2, 2), use_bias=True)
  config.update(
    data=dict(name='avatars', size=(48, 48), channels=3),
    latents=dict(dim=100, law='uniform'),
    generator=dict(width=512, norm=(True, True, True, False), **network),
    discriminator=dict(width=64, norm=(False, True, True, True), **network),
    train=dict(batch_size=64, num_steps=60 * EPOCH, g_steps=2),
    evaluate=dict(num_images=2_000),
    sample=dict(every=0, at=tuple(EPOCH * n for n in (1, 5, 10, 20, 40, 60)), num=64),
    checkpoint=dict(every=EPOCH),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.update(generator=dict(width=16), discriminator=dict(width=2), data=dict(num_images=64))
  return config
