"""Faces at 64x64 by the DCGAN paper's rules (Radford et al. 2016, https://arxiv.org/abs/1511.06434).

    python main.py --config=configs/dcgan_celeba_like.py --config.data.name=folder --config.data.path=DIR \
      --config.train.batch_size=64 --config.train.num_steps=1500

Measured on two CPU cores (AMD EPYC), DIR a folder of 3,000 cartoon faces other than those of
data.name=avatars, in 48 min: faces with hair, glasses, beards and shirts of their own, some grain left
(docs/results.md). get_config() draws its faces and is for an accelerator: 291 GFLOP a step of 128, 5.8
PFLOP in all (computed).
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  config.update(
    data=dict(name='avatars', size=(64, 64), channels=3),
    latents=dict(dim=100, law='uniform'),
    generator=dict(name='dcgan', width=512, kernel=4, strides=(2, 2, 2, 2)),  # the paper: 1024 and 5
    discriminator=dict(name='dcgan', width=64, kernel=4, strides=(2, 2, 2, 2)),
    train=dict(batch_size=128, num_steps=20_000),
    evaluate=dict(num_images=2_000),
    sample=dict(every=250, num=64),
    checkpoint=dict(every=250),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.update(generator=dict(width=16), discriminator=dict(width=2), data=dict(num_images=64))
  return config
