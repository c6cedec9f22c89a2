"""Drawn faces, what and where a sentence and a box say: GAWWN.

    python main.py --config=configs/gawwn_avatars.py:cpu
    python main.py --workdir=runs/gawwn_avatars_cpu --mode=sample --caption="a sad face" --box=0.2,0.3,0.5,0.6

Measured so far: after 274 steps of 32 of :cpu, 43 GFLOP each, there are blurred heads of different sizes at
different places; it has not been trained to its end. get_config() is for an accelerator, 724 GFLOP a step
(computed). A box is top, left, bottom, right of the head, in [0, 1]. gan.place=keypoints asks for the places
of eyes, mouth, chin and more instead, and gan.encoder=RUN reads with what configs/caption_encoder.py has
learned.
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  optimizer = dict(name='adam', learning_rate=2e-4, b1=0.5)
  config.update(
    gan=dict(name='gawwn', place='box'),
    data=dict(name='avatars', size=(64, 64), channels=3, places='wide', captions=True),
    generator=dict(name='gawwn', width=96, words=128),
    discriminator=dict(name='gawwn', width=96, words=128),
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
    generator=dict(width=32, words=48),
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
