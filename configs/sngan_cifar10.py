"""SNGAN on CIFAR-10: residual networks, spectral norm in D, a hinge loss (Miyato et al. 2018).

    python main.py --config=configs/sngan_cifar10.py        # an accelerator
    python main.py --config=configs/sngan_cifar10.py:cpu    # narrow

The paper (https://arxiv.org/abs/1802.05957) by the numbers of https://github.com/kwotsin/mimicry: five
updates of D a step, batches of 64, Adam (0, 0.9) at 2e-4, which falls to 0 in 100,000 steps; its FID is 16.8,
without mirrored images and with bilinear enlargement, which is nearest here, as in the paper's own code.
PyTorch-StudioGAN reaches 13.3. 2.75 TFLOP a step of 64 in float32, 275 PFLOP in 100,000 steps; 64 MB of
params, averages and moments, activations besides (computed). :cpu has 51.4 GFLOP a step, 10,000 steps in 71
min on two cores at 120 GFLOP/s (computed).

Measured so far: nothing of its training. generator.attention=16,
discriminator.attention=16 and generator.spectral_norm=True make SAGAN's of it.
"""

from gan_jax.configs import common


def get_config():
  config = common.cifar10()
  config.update(
    loss='hinge',
    latents=dict(dim=128),
    generator=dict(name='sngan'),  # with the widths of the paper
    discriminator=dict(name='sngan'),
    train=dict(batch_size=64, d_steps=5, latents='fresh', ema_decay=0.0),
  )
  config = common.with_adam(config, learning_rate=2e-4, b1=0.0, b2=0.9, schedule='linear')
  return common.with_steps(config, 100_000)


def get_cpu_config():
  config = get_config()
  config.update(
    generator=dict(widths=(64, 64, 32, 32)),
    discriminator=dict(widths=(32,) * 4),
    train=dict(d_steps=2, ema_decay=0.999),
  )
  return common.with_steps(config, 10_000)


def get_test_config():
  config = common.get_small_test_config(get_config())
  config.update(generator=dict(widths=(8,) * 4), discriminator=dict(widths=(8,) * 4), train=dict(d_steps=2))
  return config
