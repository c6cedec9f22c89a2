"""Real handwritten digits (scikit-learn's 1,797) at 16x16: the demo. TO BE MEASURED

python main.py --config=configs/dcgan_digits.py
"""

from configs import common


def get_config():
  config = common.get_config()
  config.update(
    latents=dict(dim=32),
    data=dict(name='digits', size=(16, 16), channels=1),
    generator=dict(name='dcgan', width=128, strides=(2, 2), kernel=4, norm=(True, True)),
    discriminator=dict(name='dcgan', width=32, strides=(2, 2), kernel=4, norm=(False, True)),
    train=dict(num_steps=4_000),
    evaluate=dict(num_images=2_000),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.generator.width = config.discriminator.width = 8
  return config
