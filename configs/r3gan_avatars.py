"""R3GAN on faces: relativistic, R1 and R2, no norms in D (Huang et al. 2024, arxiv.org/abs/2501.05441).

    python main.py --config=configs/r3gan_avatars.py        # drawn faces at 64x64, an accelerator
    python main.py --config=configs/r3gan_avatars.py:cpu    # at 48x48, about half an hour on two cores
    python main.py --config=configs/r3gan_avatars.py:faces --config.data.path=DIR    # 64x64, half an hour

The preset of https://github.com/brownvc/R3GAN for 64x64 (FFHQ; train.py): batches of 256 in bfloat16, 78,125
steps, and five fields that move along one cosine for 20 million images. 25 GFLOP forward for an image and a
network (by arithmetic; a step and its memory are not counted yet).

:cpu and :faces are the game with DCGAN's networks and penalties on every fourth step: 17.2 GFLOP a step that
has them, 12.9 in the mean, 16,000 steps in 29 min; and 30.6 GFLOP a step, 22.9 in the mean, 9,000 steps in
29 min on two cores at 120 GFLOP/s (computed).

Measured on an H100 that other trainings used, too (2026-11-27): FID by random features 0.203 (floor 0.12),
coverage 0.77 (:faces, 3,000 faces), 0.164 and 0.81 with 14,000 steps; 8.4 by the classifier (floor 3.7),
shares of 17 attributes within 0.09 of the data's (:cpu), 6.6 with 24,000 steps (docs/recipes.md). The large
networks not yet.
"""

from gan_jax.configs import common

IMAGES = 20_000_000


def get_config():
  config = common.drawn_faces(64)
  widths, blocks = (768, 768, 768, 768, 384), (2,) * 5
  config.update(
    loss='relativistic',
    penalty=dict(r1=2.0, r2=2.0),
    augment=common.r3gan_augmentation(),
    latents=dict(dim=64),
    generator=dict(name='r3gan', widths=widths, blocks=blocks),
    discriminator=dict(name='r3gan', widths=widths, blocks=blocks),
    train=dict(batch_size=256, latents='fresh', ema_rampup=0.0, dtype='bfloat16'),
    schedule=common.r3gan_schedule(IMAGES, weight=0.2, p=0.3, half_life=5e5),
  )
  config = common.with_adam(config, learning_rate=2e-4, b1=0.0, b2=0.9)
  return common.with_steps(config, IMAGES // 256)


def get_cpu_config():
  config = common.small_r3gan(common.drawn_faces(48))
  config.update(train=dict(batch_size=32))
  return common.with_steps(config, 16_000)


def get_faces_config():
  config = common.small_r3gan(common.drawn_faces(64))
  config.update(
    data=dict(name='folder', on_bad_image='skip'),
    train=dict(batch_size=32),
    evaluate=dict(network='random', reference='train', measures=('fid', 'density_coverage')),
  )
  return common.with_steps(config, 9_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.data.size = (32, 32)
  for side in ('generator', 'discriminator'):
    config[side].update(widths=(8,) * 4, blocks=(1,) * 4, group_size=8)
  return config
