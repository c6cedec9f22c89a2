"""Drawn faces, what and where a sentence and a box say: GAWWN.

    python main.py --config=configs/gawwn_avatars.py:cpu
    python main.py --workdir=runs/gawwn_avatars_cpu --mode=sample --caption="a sad face" --box=0.2,0.3,0.5,0.6

Measured so far: after 1,135 steps of 32 of :cpu, 43 GFLOP and 0.46 s each on two CPU cores, heads stand
where the boxes say, and backgrounds and bald heads begin to follow the captions; it has not been trained to
its end. get_config() is for an accelerator, 724 GFLOP a step (computed). A box is top, left, bottom, right of
the head, in [0, 1]. gan.place=keypoints asks for the places of eyes, mouth, chin and more instead, and
gan.encoder=RUN reads with what configs/caption_encoder.py has learned.
"""

from gan_jax.configs import common


def get_config():
  config = common.of_captions('gawwn')
  config.update(
    gan=dict(name='gawwn', place='box'),
    data=dict(places='wide'),
    generator=dict(width=96),
    discriminator=dict(width=96),
  )
  return config


def get_cpu_config():
  return common.of_captions_for_cpu(get_config())


def get_test_config():
  return common.get_captions_test_config(get_config())
