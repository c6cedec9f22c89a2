"""MNIST by class: a DCGAN that is asked for a digit, and whose discriminator reads it (AC-GAN).

    python main.py --config=configs/cgan_mnist.py [--config.data.manual_dir=DIR]
    python main.py --workdir=runs/cgan_mnist --mode=sample --label=3,5

The class stands beside the latents, and an auxiliary head of D reads it off real and generated digits
(Odena et al. 2017, arxiv.org/abs/1610.09585). condition.name=projection, concat or softmax is another way to
tell D the class.

Measured so far: nothing to the end.
"""

from gan_jax.configs import common

EPOCH = 60_000 // 64


def get_config():
  config = common.get_config()
  optimizer = dict(learning_rate=2e-4, schedule='linear', decay_start=0.5)
  config.update(
    gan=dict(name='conditional'),
    condition=dict(name='auxiliary', generator='concat'),
    data=dict(name='tfds', tfds_name='mnist', size=(28, 28), channels=1),
    latents=dict(dim=64),
    generator=dict(name='dcgan', width=96, strides=(2, 2), norm=(True, True)),
    discriminator=dict(name='dcgan', width=32, strides=(2, 2), norm=(False, True), use_bias=True),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=64, num_steps=20 * EPOCH),
    evaluate=dict(num_images=10_000, every=2 * EPOCH, measures=common.CONDITIONAL),
    sample=dict(every=EPOCH, num=100),
    checkpoint=dict(every=EPOCH),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.data = common.digits(28, 28)
  config.update(generator=dict(width=16), discriminator=dict(width=8))
  return config
