"""The runs of benchmarks.failures: each failure, what cures it, and what was tried besides."""

from typing import NamedTuple

DIGITS = {'train.num_steps': 1_500, 'evaluate.num_images': 0}
POINTS = {'train.num_steps': 3_000, 'evaluate.rejection': False}


class Case(NamedTuple):
  """Runs of one section of the page, and those of them that its picture has."""

  runs: dict  # {label: (config, {field: value})}; the first one fails, the second one is cured
  drawn: dict  # {label: the words above its row}
  ticks: tuple = ()  # of upright axes that are logarithmic
  unseen: bool = False  # whether D is asked about digits that it does not train on, at several steps


def digits(*parts):
  """A run of the demo, a sixth as long, with the fields of dicts `parts`."""
  return 'dcgan_digits', {name: value for part in (DIGITS, *parts) for name, value in part.items()}


def points(config, *parts):
  """A run of the ring, with the fields of dicts `parts`."""
  return config, {name: value for part in (POINTS, *parts) for name, value in part.items()}


def penalties(weight):
  return {'penalty.r1': weight, 'penalty.r2': weight}


def rates(g=5e-4, d=5e-4):
  return {'g_optimizer.learning_rate': g, 'd_optimizer.learning_rate': d}


def loss(name, d_steps=1):
  return {'loss': name, 'train.d_steps': d_steps}


def schedules(name):
  return {'g_optimizer.schedule': name, 'd_optimizer.schedule': name}


NONE, SEED = penalties(0), {'seed': 2}
FEW = {'data.name': 'folder', 'data.path': '100_digits'}
SIGNS = {'latents.dim': 10, 'latents.signs': 8}
SGD = {'d_optimizer.name': 'sgd', 'd_optimizer.learning_rate': 0.01}
RAW = {'train.ema_decay': 0}

CASES = {
  'wins': Case(
    {
      'fails': digits(loss('minimax', 5), NONE),
      'cured': digits(loss('minimax', 5)),
      'non_saturating alone': digits(loss('non_saturating', 5), NONE),
      'non_saturating, penalties': digits(loss('non_saturating', 5)),
    },
    {'fails': 'fails: no penalty', 'cured': 'cured: penalty.r1=1 penalty.r2=1'},
  ),
  'collapse': Case(
    {
      'fails': digits(loss('non_saturating', 5), NONE),
      'cured': digits(loss('non_saturating', 5)),
      'one update of D': digits(loss('non_saturating'), NONE),
      'five updates of G': digits(loss('non_saturating'), NONE, {'train.g_steps': 5}),
    },
    {'fails': 'fails: no penalty', 'cured': 'cured: penalty.r1=1 penalty.r2=1'},
  ),
  'bridges': Case(
    {
      'fails': points('toy_ring_vanilla', SEED),
      'cured': points('toy_ring', SEED),
      'penalties': points('toy_ring_vanilla', SEED, penalties(0.1)),
      'signs': points('toy_ring_vanilla', SEED, SIGNS),
      'signs, penalties': points('toy_ring_vanilla', SEED, SIGNS, penalties(0.1)),
    },
    {'fails': 'fails: toy_ring_vanilla', 'cured': 'cured: toy_ring'},
  ),
  'narrow': Case(
    {
      'D fails': digits({'discriminator.widths': (4,)}),
      'cured': digits(),
      'G fails': digits({'generator.width': 4}),
      'D of 16': digits({'discriminator.widths': (16,)}),
    },
    {
      'D fails': 'fails: discriminator.widths=(4,)',
      'G fails': 'fails: generator.width=4',
      'cured': 'cured: widths=(256, 256), width=64',
    },
  ),
  'rate': Case(
    {
      'fails': digits(rates(5e-2, 5e-2)),
      'cured': digits(),
      'both at 2e-2': digits(rates(2e-2, 2e-2)),
      'D alone at 2e-2': digits(rates(d=2e-2)),
      'G alone at 2e-2': digits(rates(g=2e-2)),
      'both at 5e-3': digits(rates(5e-3, 5e-3)),
    },
    {'fails': 'fails: learning_rate=0.05', 'cured': 'cured: learning_rate=0.0005'},
    ticks=(-1e4, -1e2, 0, 1e2, 1e4),
  ),
  'heavy': Case(
    {
      'fails': digits(penalties(1000)),
      'cured': digits(),
      'weights of 100': digits(penalties(100)),
      'weights of 10': digits(penalties(10)),
    },
    {'fails': 'fails: penalty.r1=1000 penalty.r2=1000', 'cured': 'cured: penalty.r1=1 penalty.r2=1'},
  ),
  'heart': Case(
    {
      'fails': digits(FEW, NONE),
      'cured': digits(FEW, penalties(10)),
      'weights of 1': digits(FEW),
      'all digits, no penalty': digits(NONE),
      'all digits': digits(),
    },
    {'fails': 'fails: 100 digits, no penalty', 'cured': 'cured: penalty.r1=10 penalty.r2=10'},
    unseen=True,
  ),
  'nan': Case(
    {
      'fails': digits(loss('wasserstein'), NONE, SGD, {'log.every': 1}),
      'cured': digits(loss('wasserstein'), NONE, SGD, {'penalty.gp': 10}),
      'clipped': digits(loss('wasserstein'), NONE, SGD, {'d_optimizer.clip_weights': 0.01}),
      'clipped at 0.1': digits(loss('wasserstein'), NONE, SGD, {'d_optimizer.clip_weights': 0.1}),
      'no penalty, Adam': digits(loss('wasserstein'), NONE),
      'no penalty, Adam at 5e-3': digits(loss('wasserstein'), NONE, rates(d=5e-3)),
    },
    {'fails': 'fails: no penalty', 'cured': 'cured: penalty.gp=10'},
    ticks=(-1e20, -1e10, 0, 1e10, 1e20),
  ),
  'range': Case(
    {'fails': points('toy_ring', {'generator.output': 'tanh'}), 'cured': points('toy_ring')},
    {'fails': 'fails: generator.output=tanh', 'cured': 'cured: generator.output=identity'},
  ),
  'rules': Case(
    {
      'seed 0': digits(),
      'seed 1': digits({'seed': 1}),
      'seed 2': digits({'seed': 2}),
      'b1 of 0.9': digits({'g_optimizer.b1': 0.9, 'd_optimizer.b1': 0.9}),
      'no average': digits(RAW),
      'constant rate': digits(schedules('constant')),
      'constant rate, no average': digits(schedules('constant'), RAW),
      '4 latents': digits({'latents.dim': 4}),
      '1 latent': digits({'latents.dim': 1}),
    },
    {},
  ),
}
