"""DRAGAN on MNIST: the plain game, D's gradient held to length 1 around real digits (Kodali et al. 2017).

    python main.py --config=configs/dragan_mnist.py [--config.data.manual_dir=DIR]
    python main.py --config=configs/dragan_mnist.py:cpu [--config.data.manual_dir=DIR]    # half as wide

The penalty, of weight 10, is the paper's (https://arxiv.org/abs/1705.07215), which leaves the networks to
choose; Adam (0.5, 0.999) at 2e-4 is DCGAN's (arxiv.org/abs/1511.06434). D has no batch norm: its gradient by
one image would depend on the others. 31.8 GFLOP a step of 64 in float32, 1.59 PFLOP in 50,000 steps; 36 MB of
params, averages and moments, activations besides (computed). :cpu has 5.3 GFLOP a step, 18,000 steps in 13
min on two cores at 120 GFLOP/s (computed).

Measured so far: nothing of its training.
"""

from gan_jax.configs import common


def get_config():
  config = common.mnist()
  network = dict(name='dcgan', strides=(2, 2), kernel=5)
  config.update(
    penalty=dict(dragan=10.0),
    latents=dict(dim=100, law='uniform'),
    generator=dict(width=256, norm=(True, True), **network),
    discriminator=dict(width=64, norm=(False, False), **network),
    train=dict(batch_size=64),
  )
  config = common.with_adam(config, learning_rate=2e-4, b1=0.5)
  return common.with_steps(config, 50_000)


def get_cpu_config():
  config = get_config()
  config.update(generator=dict(width=128, kernel=4), discriminator=dict(width=32, kernel=4))
  return common.with_steps(config, 18_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.update(generator=dict(width=16), discriminator=dict(width=8))
  return config
