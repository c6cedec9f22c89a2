"""SNGAN on drawn faces at 48x48: residual networks, spectral norm in D, a hinge loss (Miyato et al. 2018).

    python main.py --config=configs/sngan_avatars.py        # an accelerator
    python main.py --config=configs/sngan_avatars.py:cpu    # narrow

Widths for 48x48 and all numbers are those of https://github.com/kwotsin/mimicry, sngan_48.py, as they are for
STL-10: five updates of D a step, Adam (0, 0.9) at 2e-4, which falls to 0. 2.24 TFLOP a step of 64 in float32,
224 PFLOP in 100,000 steps; 180 MB of params, averages and moments, activations besides (computed). :cpu has
43.6 GFLOP a step, 10,000 steps in 61 min on two cores at 120 GFLOP/s (computed).

Measured so far: nothing of its training.
"""

from gan_jax.configs import common


def get_config():
  config = common.drawn_faces(48)
  config.update(
    loss='hinge',
    latents=dict(dim=128),
    generator=dict(name='sngan', widths=(512, 256, 128, 64), strides=(2, 2, 2)),
    discriminator=dict(name='sngan', widths=(64, 128, 256, 512, 1024), strides=(2, 2, 2, 2, 1)),
    train=dict(batch_size=64, d_steps=5, latents='fresh', ema_decay=0.0),
  )
  config = common.with_adam(config, learning_rate=2e-4, b1=0.0, b2=0.9, schedule='linear')
  return common.with_steps(config, 100_000)


def get_cpu_config():
  config = get_config()
  config.update(
    generator=dict(widths=(128, 64, 32, 32)),
    discriminator=dict(widths=(16, 32, 64, 128, 128)),
    train=dict(batch_size=32, d_steps=2, ema_decay=0.999),
  )
  return common.with_steps(config, 10_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.update(generator=dict(widths=(8,) * 4), discriminator=dict(widths=(8,) * 5), train=dict(d_steps=2))
  return config
