"""FastGAN on few faces at 64x64: skip-layer excitation, a D that rebuilds what it saw (Liu et al. 2021).

    python main.py --config=configs/fastgan_avatars.py --config.data.name=folder --config.data.path=DIR
    python main.py --config=configs/fastgan_avatars.py:cpu --config.data.name=folder --config.data.path=DIR

The paper (https://arxiv.org/abs/2101.04775) by the numbers of its authors' code: batches of 8, Adam (0.5,
0.999) at 2e-4, 50,000 steps, colour and translation by DiffAugment; widths are those of its maps up to 64x64.
Rebuilt images are compared by pixels and their mean counts once, there by LPIPS, summed over the batch; there
images are mirrored. Without a folder it learns 1,000 drawn faces. 318 GFLOP
a step of 8 in float32, 15.9 PFLOP in 50,000 steps; 562 MB of params, averages and moments, activations
besides (computed). :cpu has 38.6 GFLOP a step, 10,000 steps in 54 min on two cores at 120 GFLOP/s (computed).

Measured with :cpu on an H100 that nineteen other trainings used (2026-11-27): FID by random features to
unseen faces 0.50 (floor 0.31) after learning 300, 3.26 without augmentation; of 3,000 it leaves out many
kinds (coverage 0.19; docs/recipes.md).
"""

from gan_jax.configs import common


def get_config():
  config = common.drawn_faces(64)
  config.update(
    loss='random_margin_hinge',
    penalty=dict(reconstruction=1.0),
    augment=dict(name='diffaugment', policy=('color', 'translation')),
    data=dict(num_images=1_000),
    latents=dict(dim=256),
    generator=dict(name='fastgan', widths=(1024, 512, 256, 128, 128)),
    discriminator=dict(name='fastgan', widths=(64, 128, 256, 512)),
    train=dict(batch_size=8, ema_decay=0.999),
  )
  config = common.with_adam(config, learning_rate=2e-4, b1=0.5)
  return common.with_steps(config, 50_000)


def get_cpu_config():
  config = get_config()
  config.update(
    latents=dict(dim=64),
    generator=dict(widths=(128, 128, 64, 32, 32)),
    discriminator=dict(widths=(16, 32, 64, 128), decoder=8),
    train=dict(batch_size=16),
  )
  return common.with_steps(config, 10_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.update(
    data=dict(size=(32, 32)),
    latents=dict(dim=8),
    generator=dict(widths=(8,) * 5),
    discriminator=dict(widths=(8,) * 4),
  )
  return config
