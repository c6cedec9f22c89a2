"""MNIST by class: a DCGAN generator that is asked for a digit, and a discriminator that knows which.

    python main.py --config=configs/cgan_mnist.py [--config.data.manual_dir=DIR]
    python main.py --workdir=runs/cgan_mnist --mode=sample --label=3,5

The class stands beside the latents of G, and D, fully connected, adds the inner product of its embedding and
the features (Miyato and Koyama 2018, arxiv.org/abs/1802.05637); a relativistic loss with R1 and R2
(arxiv.org/abs/2501.05441). condition.name=auxiliary, concat or softmax is another way to tell D the class.

Measured on two CPU cores (Intel Xeon with AVX-512), 18,740 steps of 64 in 9 min 14 s, ten scorings too: FID
by the classifier 2.2 (95 %: 1.6 to 2.7; real digits 0.8), 98.4 % of 10,000 samples are read as their digit
(real ones 98.9 %). A classifier that learns from 60,000 samples alone reads 98.5 % of the test digits.
"""

from gan_jax.configs import common

EPOCH = 60_000 // 64


def get_config():
  config = common.get_config()
  optimizer = dict(learning_rate=5e-4, schedule='linear', decay_start=0.5)
  config.update(
    gan=dict(name='conditional'),
    condition=dict(name='projection', generator='concat'),
    loss='relativistic',
    penalty=dict(r1=1.0, r2=1.0),
    data=dict(name='tfds', tfds_name='mnist', size=(28, 28), channels=1),
    latents=dict(dim=64),
    generator=dict(name='dcgan', width=96, strides=(2, 2), norm=(True, True)),
    discriminator=dict(name='mlp', widths=(512, 512), activation='leaky_relu', slope=0.01),
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
  config.update(generator=dict(width=16), discriminator=dict(widths=(32,)))
  return config
