"""Facades from their label maps: pix2pix on the CMP facades (Tylecek & Sara 2013).

    python main.py --config=configs/facades.py:cpu --config.data.path=FACADES

FACADES has train/label, train/photo, test/label and test/photo. Measured on two CPU cores (Intel Xeon with
AVX-512), 400 pairs at 128x128, 18,000 steps of 2 in one hour: walls, windows and cornices stand where the
map has them; L1 0.32, SSIM 0.12 (docs/results.md). get_config() is for an accelerator: the paper's
networks, 256x256 and 200 epochs, 89 GFLOP a step, 7.1 PFLOP in all (computed).
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  optimizer = dict(name='adam', learning_rate=2e-4, b1=0.5, schedule='linear', decay_start=0.5)
  config.update(
    gan=dict(name='pix2pix', l1=100.0),
    data=dict(
      name='pairs',
      path='',  # a folder with train/label, train/photo, test/label and test/photo
      source='label',
      size=(256, 256),
      channels=3,
      resize='random_crop',
      flip=True,
    ),
    # instance norm: what the paper's batch norm is with a batch of one
    generator=dict(name='unet', width=64, depth=8, dropout=0.5, norm='instance'),
    discriminator=dict(name='patch', width=64, norm='instance'),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=1, num_steps=200 * 400),  # 200 epochs
    evaluate=dict(num_images=106, best='l1'),
    sample=dict(num=24),
  )
  return config


def get_cpu_config():
  config = get_config()
  config.update(
    data=dict(size=(128, 128)),
    generator=dict(width=48, widest=256, depth=7),
    discriminator=dict(width=32),
    train=dict(batch_size=2, num_steps=90 * 200),
  )
  return config


def get_test_config():
  config = get_config()
  config.data = common.drawn_pairs(*config.data.size)
  config = common.get_translation_test_config(config)
  config.generator.depth = 3
  return config
