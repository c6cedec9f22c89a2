"""One look of faces from another without pairs, and back: CycleGAN.

    python main.py --config=configs/cyclegan.py:cpu

Measured on two CPU cores (AMD EPYC), 5,000 steps of 2 in 34 min: L1 to the true counterpart 0.060 (doing
nothing: 0.29), 0.04 there and back (docs/translation.md). get_config() is for an accelerator: the paper's
widths, 89 GFLOP a step, 18 PFLOP in all (computed).
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  optimizer = dict(name='adam', learning_rate=2e-4, b1=0.5, schedule='linear', decay_start=0.5)
  config.update(
    gan=dict(name='cyclegan', cycle=10.0, identity=0.5, pool=50),
    loss='least_squares',
    data=dict(name='avatar_looks', size=(64, 64), channels=3),
    # 9 blocks for images of 256 x 256 and more
    generator=dict(name='resnet', width=64, blocks=6, padding='reflect'),
    discriminator=dict(name='patch', width=64, norm='instance'),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=1, num_steps=200_000),
    evaluate=dict(num_images=500, best='l1'),
    sample=dict(num=12),
  )
  return config


def get_cpu_config():
  config = get_config()
  config.update(
    generator=dict(width=24, blocks=3),
    discriminator=dict(width=32),
    g_optimizer=dict(learning_rate=4e-4),
    d_optimizer=dict(learning_rate=4e-4),
    train=dict(batch_size=2, num_steps=5_000),
  )
  return config


def get_test_config():
  config = common.get_translation_test_config(get_config())
  config.update(generator=dict(blocks=1, strides=(2,)), discriminator=dict(strides=(2,)))
  return config
