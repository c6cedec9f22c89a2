"""StyleGAN2 (Karras et al. 2020, https://arxiv.org/abs/1912.04958, config F) on drawn faces, 64x64.

    python main.py --config=configs/stylegan2_avatars.py       # for an accelerator
    python main.py --config=configs/stylegan2_avatars.py:cpu   # 32x32, narrow networks

27.0 M and 26.5 M parameters, 0.75 GB with averages and Adam's moments, and 16.2 TFLOP a step of 32, of which
penalties are 1.3 (computed); maps of 64x64x512 are 8.4 MB an image, of which some twenty are kept for the
backward pass: 5 GB, and more at steps with R1 (estimated). :cpu has 0.24 M and 0.26 M parameters, 19 GFLOP a
step, of which penalties are 1.5.

Measured with :cpu, 10,000 steps, on an H100 that nineteen other trainings used (2026-11-27): FID by the
classifier 105 (floor 5.1), blurred faces of all colours, hats and skins (docs/recipes.md). Two CPU cores
(Intel Xeon with AVX-512) make 4 steps a second. get_config() is not trained yet.
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  widths = (512,) * 5  # the paper's up to 64 pixels
  # The paper's, where lazy penalties have steps of their own, 5 for 4 or 17 for 16, as much shorter.
  optimizer = dict(learning_rate=2e-3, b1=0.0, b2=0.99)
  config.update(
    penalty=dict(
      r1=0.0256,  # 0.0002 * pixels / batch, as in the code of StyleGAN2-ADA, arxiv.org/abs/2006.06676
      r1_every=16,
      path_length=2.0,
      path_length_every=4,
    ),
    data=dict(name='avatars', size=(64, 64), channels=3),
    latents=dict(dim=512),
    generator=dict(name='stylegan2', widths=widths),
    discriminator=dict(name='stylegan2', widths=widths),
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=32, num_steps=100_000, ema_half_life=10_000.0, ema_rampup=0.0),
    evaluate=dict(num_images=2_000),
    sample=dict(every=5_000, num=64),
    checkpoint=dict(every=5_000),
  )
  return config


def get_cpu_config():
  config = get_config()
  widths = (64, 64, 48, 32)
  config.update(
    # That code has 0.01 for CIFAR-10, of this size, with ADA and neither path lengths nor mixing: with 0.01
    # alone G collapses here.
    penalty=dict(r1=1.0),
    data=dict(size=(32, 32)),
    latents=dict(dim=64),
    generator=dict(widths=widths, style_dim=64, mapping_layers=4),
    discriminator=dict(widths=widths),
    train=dict(num_steps=10_000),
    sample=dict(every=1_000),
    checkpoint=dict(every=1_000),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.update(
    data=dict(num_images=64, size=(32, 32)),
    latents=dict(dim=4),
    generator=dict(widths=(4, 4), style_dim=4, mapping_layers=1),
    discriminator=dict(widths=(4,)),
  )
  return config
