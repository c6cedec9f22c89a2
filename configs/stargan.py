"""Hair, glasses, smile and hat of faces, changed as asked by one generator: StarGAN.

    python main.py --config=configs/stargan.py:cpu

Measured on two CPU cores (AMD EPYC), 5,600 steps of 8 in 29 min: a judge reads 98.0 % of the wanted
attributes and 99.2 % of all others as they were (docs/translation.md). get_config() is for an accelerator:
the paper's ResNet, five updates of D a step, 1,040 GFLOP a step, 41 PFLOP in all (computed).
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  optimizer = dict(name='adam', learning_rate=1e-4, b1=0.5, schedule='linear', decay_start=0.5)
  config.update(
    gan=dict(name='stargan', classification=1.0, reconstruction=10.0, exclusive=6),
    loss='wasserstein',
    penalty=dict(gp=10.0),
    data=dict(
      name='avatars',
      size=(64, 64),
      channels=3,
      attributes=('black_hair', 'brown_hair', 'blond_hair', 'red_hair', 'grey_hair', 'blue_hair')
      + ('glasses', 'smile', 'hat'),
    ),
    generator=dict(name='resnet', width=64, blocks=6, down_kernel=4),
    discriminator=dict(name='patch', width=64, widest=2048, strides=(2, 2, 2, 2, 2), norm='none', slope=0.01),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=16, num_steps=40_000, d_steps=5),
    evaluate=dict(num_images=500, best='l1_cycle'),
    sample=dict(num=12),
  )
  return config


def get_cpu_config():
  config = get_config()
  config.generator = common.adding_unet(width=64)
  config.update(
    gan=dict(penalized=1.0),  # the penalty smooths the attributes' logits, too
    loss='non_saturating',
    penalty=dict(gp=0.0, r1=0.03),
    discriminator=dict(width=32, initializer='he_normal'),
    g_optimizer=dict(learning_rate=5e-4),
    d_optimizer=dict(learning_rate=5e-4),
    train=dict(batch_size=8, num_steps=5_600, d_steps=1),
  )
  return config


def get_test_config():
  config = common.get_translation_test_config(get_config())
  config.update(generator=dict(blocks=1, strides=(2,)), discriminator=dict(strides=(2, 2)))
  config.train.d_steps = 2
  return config
