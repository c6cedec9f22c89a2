"""LSGAN on MNIST: least squares in the place of cross entropies (Mao et al. 2017, arxiv.org/abs/1611.04076).

    python main.py --config=configs/lsgan_mnist.py [--config.data.manual_dir=DIR]
    python main.py --config=configs/lsgan_mnist.py:cpu [--config.data.manual_dir=DIR]    # half as wide

Uniform latents of 1,024 numbers, batches of 64 and beta1 of 0.5 are those of
https://github.com/xudonmao/LSGAN (train_lsun.py, where scenes are learned at a rate of 1e-3); the rate of
2e-4 is the paper's for characters, the networks are DCGAN's at 28x28. 29.5 GFLOP a step of 64 in float32,
1.47 PFLOP in 50,000 steps; 221 MB of params, averages and moments, activations besides (computed). :cpu has
4.43 GFLOP a step, 18,000 steps in 11 min on two cores at 120 GFLOP/s (computed).

Measured so far: nothing of its training.
"""

from gan_jax.configs import common


def get_config():
  config = common.mnist()
  network = dict(name='dcgan', strides=(2, 2), kernel=5)
  config.update(
    loss='least_squares',
    latents=dict(dim=1_024, law='uniform'),
    generator=dict(width=256, norm=(True, True), **network),
    discriminator=dict(width=64, norm=(False, True), **network),
    train=dict(batch_size=64),
  )
  config = common.with_adam(config, learning_rate=2e-4, b1=0.5)
  return common.with_steps(config, 50_000)


def get_cpu_config():
  config = get_config()
  config.update(
    latents=dict(dim=100),
    generator=dict(width=128, kernel=4),
    discriminator=dict(width=32, kernel=4),
  )
  return common.with_steps(config, 18_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.update(latents=dict(dim=16), generator=dict(width=16), discriminator=dict(width=8))
  return config
