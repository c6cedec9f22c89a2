"""CIFAR-10 by class with one network that classifies and discriminates, as in the classic listings; AC-GAN.

    python main.py --config=configs/acgan_cifar10.py [--config.data.manual_dir=DIR]
    python main.py --config=configs/acgan_cifar10.py:auxiliary [--config.data.manual_dir=DIR]

The discriminator of the listings has one logit for each class: the verdict is the sum of their exponents, and
both players learn their cross entropy (Salimans et al. 2016, sec. 5, arxiv.org/abs/1606.03498). Average
pooling in D, a learning rate that decays to 0, two updates of D a step. ':auxiliary' is the AC-GAN of Odena
et al. 2017 (arxiv.org/abs/1610.09585), with a head of its own for the class. These are for an accelerator,
':cpu' and ':auxiliary_cpu' for an hour on two CPU cores.

Measured on two CPU cores (Intel Xeon with AVX-512, 2026-11-27): FID by the classifier 5.5, 94.5 % read as
asked in 48 min, light work beside it, cars and ships that one can name, but few of each (':cpu'); FID 3.0,
72.6 % in 50 min (':auxiliary_cpu'). On an H100 that six others used, stopped after 750,000 images, the
whole AC-GAN had FID 4.3, 79.7 % (docs/conditional.md).
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  optimizer = dict(learning_rate=2e-4, schedule='linear', decay_start=0.0)
  config.update(
    gan=dict(name='conditional'),
    condition=dict(name='softmax', generator='concat'),
    data=dict(name='tfds', tfds_name='cifar10', size=(32, 32), channels=3, flip=True),
    latents=dict(dim=100),
    generator=dict(name='dcgan', width=384, strides=(2, 2, 2), kernel=5, norm=(True, True, True)),
    discriminator=dict(
      name='dcgan', width=64, strides=(2, 2, 2), norm=(False, True, True), pooling='average', kernel=3
    ),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=100, num_steps=50_000, d_steps=2),
    evaluate=dict(num_images=10_000, every=5_000, measures=common.CONDITIONAL),
    sample=dict(every=500, num=100),
    checkpoint=dict(every=1_000),
  )
  return config


def get_auxiliary_config():
  config = get_config()
  config.condition.name = 'auxiliary'
  return config


def get_cpu_config():
  return for_cpu(get_config())


def get_auxiliary_cpu_config():
  return for_cpu(get_auxiliary_config())


def for_cpu(config):
  config.update(
    generator=dict(width=192),
    discriminator=dict(width=48),
    train=dict(num_steps=12_000),
    evaluate=dict(every=2_000),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.data = common.digits(32, 32)
  config.update(generator=dict(width=16), discriminator=dict(width=8))
  return config
