"""WGAN-GP on CIFAR-10, residual networks of 128 channels (Gulrajani et al. 2017).

    python main.py --config=configs/wgan_gp_cifar10.py        # an accelerator
    python main.py --config=configs/wgan_gp_cifar10.py:cpu    # narrow

The paper (https://arxiv.org/abs/1704.00028) by the numbers of its code, without classes
(https://github.com/igul222/improved_wgan_training, gan_cifar_resnet.py): five updates of D a step, lambda 10,
batch norm in G alone, means over the last maps, Adam (0, 0.9) at 2e-4, which falls to 0. There G's batch is
of 128, pixels have noise of 1/128, and no image is mirrored. FID of others: 22.3 (kwotsin/mimicry), 25.9
(PyTorch-StudioGAN, its best of 100,000 steps). 2.2 TFLOP a step of 64 in float32, 220 PFLOP in 100,000 steps;
27 MB of params, averages and moments, activations besides (computed). :cpu has 148 GFLOP a step, 5,000 steps
in 1.7 hours on two cores at 120 GFLOP/s (computed).

Measured so far: nothing of its training.
"""

from gan_jax.configs import common


def get_config():
  config = common.cifar10()
  network = dict(name='sngan', initializer='glorot_uniform')
  config.update(
    loss='wasserstein',
    penalty=dict(gp=10.0),
    latents=dict(dim=128),
    generator=dict(widths=(128,) * 4, **network),
    discriminator=dict(widths=(128,) * 4, spectral_norm=False, pooling='mean', **network),
    train=dict(batch_size=64, d_steps=5, latents='fresh', ema_decay=0.0),
  )
  config = common.with_adam(config, learning_rate=2e-4, b1=0.0, b2=0.9, schedule='linear')
  return common.with_steps(config, 100_000)


def get_cpu_config():
  config = get_config()
  config.update(generator=dict(widths=(64, 64, 32, 32)), discriminator=dict(widths=(32,) * 4))
  return common.with_steps(config, 5_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.update(generator=dict(widths=(8,) * 4), discriminator=dict(widths=(8,) * 4), train=dict(d_steps=2))
  return config
