"""Drawn faces, what and where a sentence and a box say: GAWWN.

    python main.py --config=configs/caption_encoder.py:cpu
    python main.py --config=configs/gawwn_avatars.py:cpu --config.gan.encoder=runs/caption_encoder_cpu
    python main.py --workdir=runs/gawwn_avatars_cpu --mode=sample --caption="a sad face" --box=0.2,0.3,0.5,0.6

:cpu has narrow networks and R3GAN's game (arxiv.org/abs/2501.05441): a relativistic loss with R1 and R2, no
norm in D, and G also learns from how far the encoder finds its images to agree with their captions
(gan.agreement). Measured on two CPU cores (Intel Xeon, AVX-512), 7,000 steps of 32 in 73 min beside other
work: heads are in the boxes (overlap 0.89), D puts the right caption of a new face above a wrong one in 96 %,
and 85 % of what captions name is read off the images (81 % in new phrasings; docs/words.md).
With gan.encoder='' the players learn to read along with the game, which takes far longer: after 1,600 steps
no caption was followed. get_config() is for an accelerator and has the game of the paper, 724 GFLOP a step
(computed). A box is top, left, bottom, right of the head, in [0, 1]. gan.place=keypoints asks for the places
of eyes, mouth, chin and more instead.
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
