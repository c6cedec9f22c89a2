"""Drawn faces that a sentence tells of: GAN-INT-CLS.

    python main.py --config=configs/int_cls_avatars.py:cpu
    python main.py --workdir=runs/int_cls_avatars_cpu --mode=sample --caption="a sad face with red hair"

Measured so far: nothing but the work of a step of :cpu, 54 GFLOP (computed); it has not been trained to its
end. get_config() is for an accelerator: the paper's widths.
"""

from gan_jax.configs import common


def get_config():
  config = common.of_captions('captioned')
  config.update(
    gan=dict(name='int_cls', interpolation=1.0), generator=dict(width=128), discriminator=dict(width=64)
  )
  return config


def get_cpu_config():
  return common.of_captions_for_cpu(get_config())


def get_test_config():
  return common.get_captions_test_config(get_config())
