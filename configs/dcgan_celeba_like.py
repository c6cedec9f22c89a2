"""Faces at 64x64 by the DCGAN paper's rules (Radford et al. 2016, https://arxiv.org/abs/1511.06434).

    python main.py --config=configs/dcgan_celeba_like.py [--config.data.name=folder --config.data.path=DIR]

Measured on two CPU cores (AMD EPYC), 3,000 cartoon faces, --config.train.batch_size=64: 1,500 steps in 48
min give faces with hair, glasses, beards and shirts of their own, some grain left (docs/results.md). The
20,000 steps of 128 below are for an accelerator and have not been run.
"""

from configs import common


def get_config():
  config = common.get_config()
  config.update(
    data=dict(name='avatars', size=(64, 64), channels=3),
    latents=dict(dim=100, law='uniform'),
    generator=dict(name='dcgan', width=512, kernel=4, strides=(2, 2, 2, 2)),  # the paper: 1024 and 5
    discriminator=dict(name='dcgan', width=64, kernel=4, strides=(2, 2, 2, 2)),
    train=dict(batch_size=128, num_steps=20_000),
    sample=dict(every=250, num=64),
    checkpoint=dict(every=250),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.update(generator=dict(width=16), discriminator=dict(width=2), data=dict(num_images=64))
  return config
