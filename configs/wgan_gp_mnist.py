"""WGAN-GP on MNIST: a critic of five updates a step, held by a gradient penalty (Gulrajani et al. 2017).

    python main.py --config=configs/wgan_gp_mnist.py [--config.data.manual_dir=DIR]        # an accelerator
    python main.py --config=configs/wgan_gp_mnist.py:cpu [--config.data.manual_dir=DIR]    # half as wide

Networks and numbers are those of https://github.com/igul222/improved_wgan_training, gan_mnist.py: no norm in
either, first weights by He's rule (its own have other fans), Adam (0.5, 0.9) at 1e-4, lambda 10, batches of
50; its sigmoid is tanh here, its images are in [-1, 1]. 134 GFLOP a step of 50 in float32, 26.8 PFLOP in
200,000 steps; 31 MB of params, averages and moments, activations besides (computed). :cpu has 34.0 GFLOP a
step, 10,000 steps in 47 min on two cores at 120 GFLOP/s (computed).

Measured so far: nothing of its training.
"""

from gan_jax.configs import common


def get_config():
  config = common.mnist()
  network = dict(
    name='dcgan', strides=(2, 2, 2), kernel=5, norm=(False,) * 3, use_bias=True, initializer='he_normal'
  )
  config.update(
    loss='wasserstein',
    penalty=dict(gp=10.0),
    latents=dict(dim=128),
    generator=dict(width=256, **network),
    discriminator=dict(width=64, **network),
    train=dict(batch_size=50, d_steps=5, latents='fresh', ema_decay=0.0),
  )
  config = common.with_adam(config, learning_rate=1e-4, b1=0.5, b2=0.9)
  return common.with_steps(config, 200_000)


def get_cpu_config():
  config = get_config()
  config.update(generator=dict(width=128), discriminator=dict(width=32))
  return common.with_steps(config, 10_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.update(generator=dict(width=16), discriminator=dict(width=8), train=dict(d_steps=2))
  return config
