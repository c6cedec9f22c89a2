"""MNIST with two small multilayer perceptrons, 100 epochs.

    python main.py --config=configs/mlp_mnist.py

Measured on two CPU cores (AMD EPYC), 93,750 steps of 64 in 7 min 31 s beside other work: Frechet distance
12.5 (real images: 0.8), Inception score 8.22 (real: 9.56), all ten digits. The tutorial's b1 of 0.9 gives
133.3 and 5.13. --config.data.manual_dir=DIR has the published files where they cannot be downloaded.
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  config.update(
    data=dict(name='tfds', tfds_name='mnist', size=(28, 28), channels=1),
    generator=dict(name='mlp', widths=(128, 256), activation='relu', output='tanh'),
    discriminator=dict(name='mlp', widths=(128, 64), activation='relu'),
    latents=dict(dim=100, law='normal'),
    g_optimizer=dict(learning_rate=1e-3),
    d_optimizer=dict(learning_rate=1e-3),
    train=dict(batch_size=64, num_steps=93_750, latents='fresh'),  # 100 epochs
    log=dict(every=250),
    evaluate=dict(num_images=10_000),
    sample=dict(every=4_650, num=64),
    checkpoint=dict(every=4_650),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.data = common.digits(28, 28)
  return config
