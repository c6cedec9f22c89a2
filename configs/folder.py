"""A folder of one's own pictures: steady on few pictures and narrow networks, learns in minutes on a CPU.

    python main.py --data=DIR    # with what suits the folder and the machine, told with reasons
    python main.py --config=configs/folder.py --config.data.path=DIR

R3GAN's game (Huang et al. 2024, https://arxiv.org/abs/2501.05441): a relativistic loss with R1 and R2, and no
norm in D. Rates are constant, so that a run can be made longer at any time. 20 GFLOP and 130 ms a step on two
CPU cores (Intel Xeon, AVX-512) where nothing else runs, 9 min in all (computed). Measured after 1,500 steps,
by rates that fell to 0 in the second half: cats and robots of 2,008 drawings, garments of Fashion-MNIST at
28x28, coloured discs and signs of 1,500 emoji, skies and silhouettes of CIFAR-10 (docs/own-pictures.md).
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  config.update(
    loss='relativistic',
    penalty=dict(r1=1.0, r2=1.0),
    latents=dict(dim=64),
    data=dict(name='folder', size=(32, 32), channels=3, on_bad_image='skip'),
    generator=dict(name='dcgan', width=128, strides=(2, 2, 2), norm=(True, True, True)),
    discriminator=dict(name='dcgan', width=64, strides=(2, 2, 2), norm=(False, False, False)),
    g_optimizer=dict(learning_rate=5e-4),
    d_optimizer=dict(learning_rate=5e-4),
    train=dict(batch_size=32, num_steps=4_000),
    log=dict(every=50),
    sample=dict(every=200, at=(50, 100)),
    checkpoint=dict(every=500),
    evaluate=dict(
      num_images=1_000, network='random', reference='train', measures=('fid', 'precision_recall')
    ),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.data = common.digits(32, 32)
  config.update(generator=dict(width=8), discriminator=dict(width=8))
  return config
