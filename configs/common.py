"""What every experiment has, with its defaults; the other files of this folder are deltas on it.

The sections gan, data, generator, discriminator and the optimizers name a module, and have that module's
fields besides those that stand here.
"""

from ml_collections import ConfigDict

from gan_jax.configs.sections import SECTIONS


def get_config():
  """The defaults, for a config file to change; only the sections of modules are open to more fields."""
  config = ConfigDict(
    dict(
      seed=0,
      gan=dict(name='latent'),
      loss='non_saturating',  # a name in gan_jax.losses
      label_smoothing=0.0,  # one-sided: real targets are 1 - this
      instance_noise=dict(sigma=0.0, steps=0),  # on D's inputs, falling to 0 over `steps` steps
      penalty=dict(
        r1=0.0,  # weights
        r2=0.0,
        gp=0.0,
        every=1,  # n steps, n times as strong
        decay_start=0.0,  # fraction of training at which the weights begin to fall
        final_scale=1.0,  # the last weights over the first; they fall exponentially
        modules='',  # penalties of one's own: dotted paths, with commas between them
      ),
      augment=dict(name='none'),  # of what D is shown: a module in gan_jax/gans/augmentations
      # law: or uniform, truncated_normal; signs: how many of `dim` are +1 or -1 instead
      latents=dict(dim=100, law='normal', signs=0),
      data=dict(
        name='digits',  # a module in gan_jax/data
        split='train',
        size=(16, 16),  # height, width
        channels=1,
        resize='crop',  # or stretch, random_crop, none
        flip=False,
        data_dir='~/.cache/gan_jax',
        max_resident_bytes=4 << 30,  # on each device; a larger set is streamed from its decoded file
      ),
      generator=dict(name='dcgan'),
      discriminator=dict(name='dcgan'),
      g_optimizer=dict(name='adam', learning_rate=2e-4, b1=0.5),
      d_optimizer=dict(name='adam', learning_rate=2e-4, b1=0.5),
      train=dict(
        batch_size=64,
        num_steps=10_000,
        d_steps=1,  # updates of D in a step, each on a batch of its own
        g_steps=1,
        latents='shared',  # G learns from the latents that D has seen, or from 'fresh' ones
        ema_decay=0.999,  # of the average of G that makes the samples; 0 for none
        dtype='float32',  # or bfloat16, to compute in; params, statistics, logits and losses stay float32
        remat=False,  # compute activations again in the backward pass, to save memory
        accumulate=1,  # parts in which a batch is taken, to save memory
        steps_per_dispatch=0,  # in one compiled program; 0: as many as suit the network and the device
        init_from='',  # a run folder whose networks to start from
        init_partial=False,  # from what of them fits
      ),
      population=dict(
        seeds=1,  # copies that learn at once: seed, seed + 1, ...
        over='',  # of each combination of values: 'g_optimizer.learning_rate=1e-4,3e-4;penalty.r1=0.1,1'
      ),
      log=dict(every=100, tensorboard=True),
      # that are scored at the end, 0 for none; and, of points, those that a discriminator of its own keeps
      evaluate=dict(num_images=0, rejection=False),
      sample=dict(every=1000, at=(), num=64),  # `at`: steps with a grid besides every n-th
      checkpoint=dict(every=1000, keep=2),
      parallel=dict(
        batch_norm='global',  # statistics of the whole batch, or those of each device's part: per_device
        coordinator='',  # host:port of the first of several processes, or auto on SLURM, Kubernetes, TPU pods
        num_processes=1,
        process_id=0,
        timeout_s=120,  # that processes wait for each other
        compilation_cache='~/.cache/gan_jax/compiled',  # '' to compile anew each time
      ),
    )
  ).lock()
  for section in SECTIONS:
    config[section].unlock()
  return config


def get_test_config(config):
  """`config` cut down to seconds; what a file's get_test_config() starts from."""
  config.update(
    train=dict(batch_size=8, num_steps=4, accumulate=1, steps_per_dispatch=2),
    log=dict(every=1),
    sample=dict(every=2, at=(), num=4),
    checkpoint=dict(every=2),
    evaluate=dict(num_images=0),
  )
  return config


def get_translation_test_config(config):
  """`config` of a game from image to image cut down to seconds: few faces, narrow and shallow networks."""
  config = get_test_config(config)
  config.update(data=dict(num_images=64), generator=dict(width=4), discriminator=dict(width=4))
  config.train.batch_size = 2
  return config


def adding_unet(width):
  """A generator section: a U-Net that adds to its input, which learns soonest where most of a face stays."""
  return ConfigDict(
    dict(
      name='unet',
      width=width,
      widest=96,
      dropout=0.0,
      residual=True,
      norm='none',
      initializer='he_normal',
    )
  )


def digits(height, width):
  """The data section of a test that must need no download: the embedded digits, at another size."""
  return ConfigDict({**get_config().data.to_dict(), 'size': (height, width)})


def drawn_pairs(height, width):
  """The data section of a test of pairs that must need no download: drawn faces beside their segmentation."""
  return ConfigDict(
    {**get_config().data.to_dict(), 'name': 'avatar_pairs', 'size': (height, width), 'channels': 3}
  )


def toy(density):
  """What the experiments of the laboratory share: the cure for mode collapse, on a density by name."""
  config = get_config()
  optimizer = dict(b1=0.0, b2=0.99, schedule='cosine')
  network = dict(name='mlp', widths=(128, 128, 128), activation='leaky_relu', initializer='he_normal')
  config.update(
    loss='non_saturating',
    # heavy while the mass finds its modes, then light, for D to see how narrow they are
    penalty=dict(r1=0.1, r2=0.1, every=4, decay_start=0.4, final_scale=0.01),
    latents=dict(dim=10, signs=8),  # signs, since no continuous map of normal latents leaves gaps
    data=dict(name='toy', density=density),
    generator=dict(**network, output='identity'),
    discriminator=dict(**network, frequencies=32, bandwidth=0.5),
    g_optimizer=dict(**optimizer, learning_rate=1e-3),
    d_optimizer=dict(**optimizer, learning_rate=4e-3),
    train=dict(batch_size=256, num_steps=8_000),
    sample=dict(every=1_000, num=1_000),
    checkpoint=dict(every=4_000),
    evaluate=dict(num_images=2_500, rejection=True),
  )
  return config


def vanilla(config, dim):
  """`config` with the game of 2014: `dim` normal latents, no penalty, no average, no schedule."""
  config.update(
    loss='non_saturating',
    penalty=dict(r1=0.0, r2=0.0),
    latents=dict(dim=dim, signs=0),
    discriminator=dict(frequencies=0),
    train=dict(ema_decay=0.0),
  )
  for side in ('g_optimizer', 'd_optimizer'):
    config[side].update(learning_rate=1e-3, b1=0.5, b2=0.999, schedule='constant')
  return config


def get_toy_test_config(config):
  """`config` cut down to seconds."""
  num = config.sample.num
  config = get_test_config(config)
  config.sample.num = min(num, 100)
  return config
