"""MNIST with the small DCGAN of the classic tutorial, ten epochs.

    python main.py --config=configs/dcgan_mnist.py [--config.data.manual_dir=DIR]

Measured on two CPU cores (Intel Xeon with AVX-512, beside other work), 9,370 steps of 64 in 52 min, ten
scorings included: FID by the classifier 12.4 (95 %: 11.6 to 13.2; real digits 0.8), the best of all epochs,
Inception score 7.46 (real: 9.56), all ten digits; docs/results.md has the epochs before, and PyTorch's.
"""

from gan_jax.configs import common

EPOCH = 60_000 // 64


def get_config():
  config = common.get_config()
  config.update(
    data=dict(name='tfds', tfds_name='mnist', size=(28, 28), channels=1),
    latents=dict(dim=100, law='uniform'),
    generator=dict(
      name='dcgan',
      width=128,
      strides=(1, 2, 2),
      kernel=5,
      norm=(False, True, True),
      initializer='glorot_uniform',
    ),
    discriminator=dict(
      name='dcgan', width=64, strides=(2, 2), kernel=5, norm=(True, True), initializer='glorot_uniform'
    ),
    train=dict(batch_size=64, num_steps=10 * EPOCH),
    evaluate=dict(num_images=10_000, every=EPOCH),
    sample=dict(every=EPOCH, num=32),
    checkpoint=dict(every=EPOCH),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.data = common.digits(28, 28)
  config.update(generator=dict(width=16), discriminator=dict(width=8))
  return config
