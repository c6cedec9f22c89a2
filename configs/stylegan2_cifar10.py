"""StyleGAN2 with adaptive augmentation on CIFAR-10 (Karras et al. 2020, https://arxiv.org/abs/2006.06676).

    python main.py --config=configs/stylegan2_cifar10.py    # for an accelerator

The preset 'cifar' of https://github.com/NVlabs/stylegan2-ada-pytorch (train.py): batches of 64, rates of
2.5e-3, R1 of 0.01 on every 16th step, a mapping of two layers, neither mixed styles nor path lengths, groups
of 32 images for D's deviation, averages with a half life of 500,000 images, 100 million images. The paper's
FID is 2.92, with classes 2.42. Other than there D is residual, and all is computed in float32.

Measured so far: nothing of its training, nor on what hardware it takes how long.
"""

from gan_jax.configs import common

IMAGES = 100_000_000


def get_config():
  config = common.cifar10()
  widths = (512,) * 4
  config.update(
    penalty=dict(r1=0.01, r1_every=16),
    augment=dict(name='ada'),
    latents=dict(dim=512),
    generator=dict(name='stylegan2', widths=widths, mapping_layers=2, mixing=0.0),
    discriminator=dict(name='stylegan2', widths=widths, minibatch=32),
    train=dict(batch_size=64, ema_half_life=500_000.0),
  )
  config = common.with_adam(config, learning_rate=2.5e-3, b1=0.0, b2=0.99)
  return common.with_steps(config, IMAGES // 64)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.update(
    generator=dict(widths=(4,) * 2, style_dim=4, mapping_layers=1), discriminator=dict(widths=(4,))
  )
  return config
