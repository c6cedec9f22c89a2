"""What every experiment has, with defaults and ranges; the other files of this folder are deltas on it.

The sections gan, condition, data, generator, discriminator, penalty, augment and the optimizers name a
module, and have that module's fields besides those that stand here.
"""

from ml_collections import ConfigDict

from gan_jax import losses
from gan_jax.configs.fields import MODULE, Field, defaults, names
from gan_jax.configs.sections import SECTIONS

_OPTIMIZER = {
  'name': Field('adam', about='an optimizer of optax'),
  'learning_rate': Field(2e-4, '>= 0', 'of each update, before the schedule'),
}
MEASURES = (
  *('fid', 'kid', 'mind', 'precision_recall', 'density_coverage', 'inception_score', 'classes', 'modes'),
  *('accuracy_score', 'augmentation_score', 'class_accuracy', 'class_fid', 'value_correlation'),
  *('swd', 'ms_ssim', 'copying'),
)
CONDITIONAL = ('fid', 'inception_score', 'classes', 'class_accuracy', 'class_fid')  # of a run by class
FIELDS = {
  'seed': Field(0, '[0, 2147483647]', 'of all that is random'),
  'gan': {'name': Field('latent', about='the game: a module in gan_jax/gans, or a dotted path')},
  'condition': {
    'name': Field('none', about='how D reads a condition: a module in gans/conditions, or a dotted path'),
    'generator': Field(
      'concat', 'concat | batch_norm | modulation', 'how G takes it: beside its latents, or as scale and bias'
    ),
    'on': Field((), 'label | attributes | values', 'which of them; (): all that the data have'),
    'mismatched': Field(False, about='D has to reject real images with wrong conditions, too'),
    'law': Field('data', 'data | uniform', 'how often what is asked of G: as in the data, or all alike'),
  },
  'loss': Field('non_saturating', names((*losses.NAMES, MODULE)), 'of both players'),
  'label_smoothing': Field(0.0, '[0, 1)', 'one-sided: real targets are 1 - this'),
  'instance_noise': {
    'sigma': Field(0.0, '>= 0', "standard deviation of the noise on D's inputs at the start"),
    'steps': Field(0, '>= 0', 'in which it falls to 0'),
  },
  'penalty': {
    'every': Field(1, '>= 1', 'steps from one computation of a penalty to the next, as much stronger'),
    'decay_start': Field(0.0, '[0, 1)', 'share of decay_steps at which their weights begin to fall'),
    'decay_steps': Field(0, '>= 0', 'steps at whose end they are at their lowest; 0: train.num_steps'),
    'final_scale': Field(1.0, '> 0', 'the last weights over the first; they fall exponentially'),
    'modules': Field('', about="penalties of one's own: dotted paths, with commas between them"),
  },
  'augment': {
    'name': Field('none', about='of what D is shown: a module in gans/augmentations, or a dotted path')
  },
  'latents': {
    'dim': Field(100, '>= 1', 'numbers in a latent'),
    'law': Field('normal', 'normal | uniform | truncated_normal', 'their distribution'),
    'signs': Field(0, '>= 0', 'how many of them are +1 or -1 instead, for data in separate pieces'),
  },
  'data': {
    'name': Field('digits', about='a module in gan_jax/data, or a dotted path'),
    'split': Field('train', about='train, test, or another that the data have'),
    'size': Field((16, 16), '>= 1', 'height, width in pixels', length=(2, 2)),
    'channels': Field(1, '>= 1', '1: grey, 3: RGB, 4: RGBA'),
    'resize': Field('crop', 'crop | stretch | random_crop | none', 'how images come to their size'),
    'flip': Field(False, about='mirror half of the images, left to right'),
    'data_dir': Field('~/.cache/gan_jax', about='where decoded and downloaded sets are kept'),
    'max_resident_bytes': Field(4 << 30, '>= 0', 'on each device; a larger set is streamed from its file'),
  },
  'generator': {'name': Field('dcgan', about='a module in gan_jax/models, or a dotted path')},
  'discriminator': {
    'name': Field('dcgan', about='a module in gan_jax/models, or a dotted path'),
    'pack': Field(1, '>= 1', 'images that D judges together, side by side in channels: PacGAN'),
  },
  'g_optimizer': _OPTIMIZER,
  'd_optimizer': _OPTIMIZER,
  'train': {
    'batch_size': Field(64, '>= 1', 'real images in an update of D, of all devices together'),
    'num_steps': Field(10_000, '>= 1', 'at which the run ends; more of them continue it'),
    'd_steps': Field(1, '>= 1', 'updates of D in a step, each on a batch of its own'),
    'g_steps': Field(1, '>= 1', 'updates of G in a step'),
    'latents': Field('shared', 'shared | fresh', 'G learns from what D has seen, or from new ones'),
    'ema_decay': Field(0.999, '[0, 1)', 'of the average of G that makes the samples; 0: none'),
    'ema_half_life': Field(0.0, '>= 0', 'of it, in real images that D has seen; 0: by ema_decay'),
    'ema_rampup': Field(
      0.05, '>= 0', 'of its half life: at most this share of the images so far; 0: no limit'
    ),
    'ema_stds': Field(
      (), '(0, 0.28]', 'widths, as shares of the training, of averages kept at once in its place'
    ),
    'dtype': Field('float32', 'float32 | bfloat16', 'to compute in; what is kept stays float32'),
    'remat': Field(False, about='compute activations again in the backward pass, to save memory'),
    'accumulate': Field(1, '>= 1', 'parts in which a batch is taken, to save memory'),
    'steps_per_dispatch': Field(0, '>= 0', 'steps in one compiled program; 0: chosen by the work'),
    'on_nan': Field(
      'rollback', 'rollback | stop', 'when a loss or a weight is no number: go back, on another path, or stop'
    ),
    'max_rollbacks': Field(5, '>= 0', 'how often a run, or a copy, goes back in all'),
    'init_from': Field('', about='a run folder whose networks to start from'),
    'init_partial': Field(False, about='from what of them fits'),
  },
  'schedule': {
    'over': Field('', about='last values: penalty.r1=0.005;g_optimizer.learning_rate=5e-5;augment.p=0.3'),
    'images': Field(0, '>= 0', 'real images that D has seen when fields get there'),
    'shape': Field('cosine', 'cosine | linear | constant_until', 'of the way there'),
  },
  'population': {
    'seeds': Field(1, '>= 1', 'copies that learn at once: seed, seed + 1, ...'),
    'over': Field(
      '', about='of each combination of values: g_optimizer.learning_rate=1e-4,3e-4;penalty.r1=1,10'
    ),
    'zip': Field(False, about='of the first values of all fields, of the second ones, ... instead'),
  },
  'log': {
    'every': Field(100, '>= 0', 'steps from one row of metrics to the next; 0: the first and the last'),
    'tensorboard': Field(True, about='write event files, too'),
    'copies': Field(False, about='of a population, write the rows of each copy, too: copies.jsonl'),
  },
  'evaluate': {
    'num_images': Field(0, '>= 0', 'that are made and scored; 0: no scores'),
    'network': Field(
      'classifier',
      'classifier | channels | inception | random | a.module',
      'whose features images are compared by',
    ),
    'weights': Field('', about='a file with the published weights of the inception network'),
    'measures': Field(
      ('fid', 'inception_score', 'classes'), names(MEASURES), 'of images; see docs/scores.md'
    ),
    'reference': Field(
      'test', about='the split that generated images are held against: test, train, or another that there is'
    ),
    'max_reference': Field(10_000, '>= 2', 'of them, drawn at random'),
    'seed': Field(3, '[0, 2147483648)', 'of what the scored images are made of'),
    'cache': Field(
      '~/.cache/gan_jax/scores', about="where what networks make of real images is kept; '': nowhere"
    ),
    'rejection': Field(False, about='score points that a discriminator of its own keeps, too'),
    'every': Field(0, '>= 0', 'steps from one scoring to the next while it trains; 0: at the end only'),
    'best': Field('fid', about="the score by which the best of the states so scored is kept; '': none is"),
  },
  'sample': {
    'every': Field(1000, '>= 0', 'steps from one picture to the next; 0: the last only'),
    'at': Field((), '>= 0', 'steps with a picture besides'),
    'num': Field(64, '>= 1', 'samples in a picture'),
  },
  'checkpoint': {
    'every': Field(1000, '>= 0', 'steps from one checkpoint to the next; 0: the last only'),
    'keep': Field(2, '>= 1', 'of them, the last ones'),
    'keep_every': Field(0, '>= 0', 'steps of which each multiple that is saved is kept besides; 0: none'),
    'grace_s': Field(
      30.0,
      '> 0',
      'seconds from SIGTERM to SIGKILL, as SLURM and Kubernetes give; warns if a save takes longer',
    ),
  },
  'parallel': {
    'batch_norm': Field(
      'global', 'global | per_device', "statistics of the whole batch, or each device's part"
    ),
    'coordinator': Field(
      '', about='host:port of the first of several processes, or auto on SLURM, Kubernetes, TPU pods'
    ),
    'num_processes': Field(1, '>= 1', 'that train together'),
    'process_id': Field(0, '>= 0', 'of this one'),
    'timeout_s': Field(120, '>= 1', 'seconds that processes wait for each other'),
    'silence_s': Field(10, '>= 2', 'seconds of silence after which a process is lost, and all end'),
    'token': Field('', about="what they prove to know; '': one in the run's folder, if all see it"),
    'compilation_cache': Field(
      '~/.cache/gan_jax/compiled', about="where programs are kept; '': compile each time"
    ),
  },
}


def get_config():
  """The defaults, for a config file to change; only the sections of modules are open to more fields."""
  config = ConfigDict(defaults(FIELDS))
  for section in ('g_optimizer', 'd_optimizer'):
    config[section].b1 = 0.5
  config.lock()
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
    evaluate=dict(num_images=0, every=0, cache=''),
  )
  return config


def get_translation_test_config(config):
  """`config` of a game from image to image cut down to seconds: few faces, narrow and shallow networks."""
  config = get_test_config(config)
  config.update(data=dict(num_images=64), generator=dict(width=4), discriminator=dict(width=4))
  config.train.batch_size = 2
  return with_small_images(config)


def with_small_images(config):
  """`config` with images of half of the side or less: 32 pixels at most."""
  config.data.size = tuple(min(side // 2, 32) for side in config.data.size)
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


def mnist():
  """What the recipes for MNIST share: its images, and scores by the classifier."""
  config = get_config()
  config.update(
    data=dict(name='tfds', tfds_name='mnist', size=(28, 28), channels=1),
    evaluate=dict(num_images=10_000),
  )
  return config


def cifar10():
  """What the recipes for CIFAR-10 share: its images, mirrored at random, and scores by the classifier."""
  config = get_config()
  config.update(
    data=dict(name='tfds', tfds_name='cifar10', size=(32, 32), channels=3, flip=True),
    evaluate=dict(num_images=10_000),
  )
  return config


def drawn_faces(side):
  """What the recipes for drawn faces share: their images, and scores by the classifier of their hair."""
  config = get_config()
  config.update(data=dict(name='avatars', size=(side, side), channels=3), evaluate=dict(num_images=2_000))
  return config


def with_steps(config, num_steps, parts=10):
  """`config` with so many steps, and pictures, checkpoints and scores after each of so many parts of them."""
  every = num_steps // parts
  config.train.num_steps = num_steps
  config.sample.every = config.checkpoint.every = config.evaluate.every = every
  return config


def with_adam(config, **fields):
  """`config` with these fields of Adam for both players."""
  for side in ('g_optimizer', 'd_optimizer'):
    config[side].update(fields)
  return config


def get_small_test_config(config):
  """`config` of a recipe cut down to seconds: the embedded digits at its size, or 64 drawn faces."""
  config = get_test_config(config)
  if config.data.name == 'avatars':
    config.data.num_images = 64
  else:
    config.data = digits(*config.data.size)
  return config


def r3gan_augmentation():
  """The augment section of R3GAN's presets: their shares of p, which a schedule moves from 0.

  https://github.com/brownvc/R3GAN, train.py.
  """
  return dict(name='ada', target=0.0, p=0.0, color=0.5, cutout=1.0)


def r3gan_schedule(images, weight, p, half_life):
  """The schedule section of R3GAN's presets: what five kinds of fields are after so many images.

  https://github.com/brownvc/R3GAN, training/training_loop.py: one cosine for them all.
  """
  sides = ('g_optimizer', 'd_optimizer')
  ends = {f'{side}.learning_rate': 5e-5 for side in sides} | {f'{side}.b2': 0.99 for side in sides}
  ends |= {'penalty.r1': weight, 'penalty.r2': weight, 'augment.p': p, 'train.ema_half_life': half_life}
  return dict(images=images, over=';'.join(f'{field}={value:g}' for field, value in ends.items()))


def small_r3gan(config):
  """`config` with R3GAN's game and small DCGAN networks, for two cores.

  Strong penalties on every fourth step: drawings want them (docs/recipes.md), and steps without are cheaper.
  """
  network = dict(name='dcgan', strides=(2, 2, 2, 2))
  config.update(
    loss='relativistic',
    penalty=dict(r1=3.0, r2=3.0, every=4),
    latents=dict(dim=64),
    generator=dict(width=256, norm=(True,) * 4, **network),
    discriminator=dict(width=32, norm=(False,) * 4, **network),
  )
  return with_adam(config, learning_rate=5e-4, schedule='linear', decay_start=0.5)


def stacked_mnist():
  """What the experiments on stacked MNIST share: its images, a judge of single digits, modes and their KL."""
  config = get_config()
  config.update(
    data=dict(name='stacked', of='tfds', tfds_name='mnist', size=(28, 28), channels=3),
    latents=dict(dim=100, law='uniform'),
    # as many real stacks as generated ones, so that both have the same floor
    evaluate=dict(
      num_images=25_600,
      max_reference=25_600,
      network='channels',
      measures=('modes', 'fid'),
      best='reverse_kl',
    ),
  )
  return config


def get_stacked_test_config(config):
  """`config` of stacks cut down to seconds, a few of the embedded digits."""
  config = get_test_config(config)
  config.data.update(of='digits', num_images=64)
  return config


def of_captions(network):
  """What the games of captions on drawn faces share; `network` is the name of both players'.

  Faces are drawn as they are needed; of few a game would learn the sentences by heart.
  """
  config = get_config()
  optimizer, network = dict(learning_rate=2e-4, b1=0.5), dict(name=network, words=128)
  config.update(
    data=dict(name='avatars', size=(64, 64), channels=3, captions=True, one_wrong=0.5, num_images=1_000_000),
    generator=network,
    discriminator=network,
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    train=dict(batch_size=64, num_steps=60_000),
    evaluate=dict(num_images=500, best='named_right'),
    sample=dict(num=32),
  )
  return config


def of_captions_for_cpu(config):
  """`config` of such a game with narrow networks and R3GAN's game (arxiv.org/abs/2501.05441).

  A relativistic loss with R1 and R2, no norm in D; G also learns from how far the encoder of `gan.encoder`,
  if there is one, finds its images to agree with their captions.
  """
  config.update(
    gan=dict(reading_widths=(32, 48), reading_dim=96, agreement=1.0),
    loss='relativistic',
    penalty=dict(r1=1.0, r2=1.0, every=2),
    latents=dict(dim=32),
    generator=dict(width=48, words=48),
    discriminator=dict(width=32, words=48, norm='none'),
    train=dict(batch_size=32, num_steps=7_000),
  )
  return with_adam(config, learning_rate=5e-4, schedule='linear', decay_start=0.5)


def get_captions_test_config(config):
  """`config` of such a game cut down to seconds."""
  config = get_test_config(config)
  config.update(gan=dict(reading_widths=(8,), reading_dim=8), data=dict(num_images=64), latents=dict(dim=4))
  config.update(generator=dict(width=4, words=4), discriminator=dict(width=4, words=4))
  return with_small_images(config)


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
    evaluate=dict(num_images=2_500, rejection=True, best='energy_distance'),
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
