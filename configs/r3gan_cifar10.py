"""R3GAN on CIFAR-10: relativistic, R1 and R2, no norms (Huang et al. 2024, arxiv.org/abs/2501.05441).

    python main.py --config=configs/r3gan_cifar10.py        # an accelerator
    python main.py --config=configs/r3gan_cifar10.py:cpu    # small DCGAN networks, 67 min on two cores

The preset of https://github.com/brownvc/R3GAN (train.py) without classes: batches of 512 in bfloat16, 39,062
steps, and five fields that move along one cosine for 20 million images. The paper's FID is 1.96, with
classes. 20.6 M parameters in each network, 0.58 GB with averages and moments, activations besides; 14 GFLOP
forward for an image and a network (by arithmetic; a step is not counted yet).

:cpu is the game with DCGAN's networks, without norm in D, penalties on every fourth step, and no
augmentation: 40.3 GFLOP a step that has penalties, 30.2 in the mean, 16,000 steps in 67 min on two cores at
120 GFLOP/s (computed).

Measured with :cpu on an H100 that twelve other trainings used (2026-11-27), 20,000 steps: FID by the
classifier 0.66 (floor 0.07), some ships and cars; dcgan_cifar10 has 0.48 in as many (docs/recipes.md).
"""

from gan_jax.configs import common

IMAGES = 20_000_000


def get_config():
  config = common.cifar10()
  config.update(
    loss='relativistic',
    penalty=dict(r1=0.05, r2=0.05),
    augment=common.r3gan_augmentation(),
    latents=dict(dim=64),
    generator=dict(name='r3gan', widths=(768,) * 4),
    discriminator=dict(name='r3gan', widths=(768,) * 4),
    train=dict(batch_size=512, latents='fresh', ema_rampup=0.0, dtype='bfloat16'),
    schedule=common.r3gan_schedule(IMAGES, weight=0.005, p=0.55, half_life=5e6),
  )
  config = common.with_adam(config, learning_rate=2e-4, b1=0.0, b2=0.9)
  return common.with_steps(config, IMAGES // 512)


def get_cpu_config():
  config = common.small_r3gan(common.cifar10())
  network = dict(strides=(2, 2, 2))
  config.update(
    penalty=dict(r1=0.5, r2=0.5),
    generator=dict(width=256, norm=(True,) * 3, **network),
    discriminator=dict(width=64, norm=(False,) * 3, **network),
  )
  return common.with_steps(config, 16_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  for side in ('generator', 'discriminator'):
    config[side].update(widths=(8,) * 4, blocks=(1,) * 4, group_size=8)
  return config
