"""Three modes on a line: p, p_g and D as in the first figure of the theory, while they learn.

    python main.py --config=configs/toy_1d.py [--config.data.density=gaussian]

Measured on two CPU cores (AMD EPYC), ten seeds: Jensen-Shannon divergence 0.010 (real samples 0.002),
E |D - 1/2| 0.009; a minute for one copy (docs/laboratory.md).
"""

from gan_jax.configs import common


def get_config():
  config = common.toy('mixture')
  config.update(
    penalty=dict(r1=0.02, r2=0.02, decay_start=0.2),
    latents=dict(dim=16, signs=0),
    generator=dict(activation='silu'),  # smooth, as p_g is to be
    discriminator=dict(activation='silu', frequencies=0),
    train=dict(num_steps=6_000),
    sample=dict(every=500, at=(10, 50, 100, 200)),
    checkpoint=dict(every=3_000),
    evaluate=dict(num_images=10_000),
  )
  return config


def get_test_config():
  return common.get_toy_test_config(get_config())
