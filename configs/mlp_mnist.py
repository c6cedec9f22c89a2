"""MNIST with two small multilayer perceptrons. Not measured yet.

python main.py --config=configs/mlp_mnist.py
"""

from configs import common


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
    sample=dict(every=4_650, num=64),
    checkpoint=dict(every=4_650),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.data = common.digits(28, 28)
  return config
