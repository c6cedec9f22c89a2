"""Drawn faces that a sentence tells of: GAN-INT-CLS.

    python main.py --config=configs/int_cls_avatars.py:cpu
    python main.py --workdir=runs/int_cls_avatars_cpu --mode=sample --caption="a sad face with red hair"

Measured so far: nothing but the work of a step of :cpu, 54 GFLOP (computed); it has not been trained to its
end. get_config() is for an accelerator: the paper's widths.
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  optimizer = dict(name='adam', learning_rate=2e-4, b1=0.5)
  config.update(
    gan=dict(name='int_cls', interpolation=1.0),
    data=dict(name='avatars', size=(64, 64), channels=3, captions=True),
    generator=dict(name='captioned', width=128, words=128),
    discriminator=dict(name='captioned', width=64, words=128),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=64, num_steps=60_000),
    evaluate=dict(num_images=500, best='named_right'),
    sample=dict(num=32),
  )
  return config


def get_cpu_config():
  config = get_config()
  config.update(
    gan=dict(reading_widths=(32, 48), reading_dim=96),
    latents=dict(dim=32),
    generator=dict(width=48, words=48),
    discriminator=dict(width=32, words=48),
    train=dict(batch_size=32, num_steps=8_000),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.update(
    gan=dict(reading_widths=(8,), reading_dim=8),
    data=dict(num_images=64),
    latents=dict(dim=4),
    generator=dict(width=4, words=4),
    discriminator=dict(width=4, words=4),
  )
  return config
