"""What benchmarks.translation asks of runs besides their own scores: baselines, and a judge of attributes."""

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data
from gan_jax.data.dataset import to_uint8
from gan_jax.evaluation.metrics import translation
from gan_jax.evaluation.networks import classifier
from gan_jax.gans.contract import averaged, join
from gan_jax.gans.stargan import changed
from gan_jax.training import setup

IMAGES = 500  # that are scored
AVERAGED = 1000  # training images in the mean image
PART = 50  # images at a time
JUDGE_STEPS = 3000


def restored(run):
  """(Experiment, variables to sample with) of a run's last checkpoint."""
  experiment, state = setup.load(run.folder)
  return experiment, averaged(state)


def paired(run):
  """The scores of doing nothing (..._identity) and of the mean image (..._mean), where the truth is known.

  Also how many of the pixels that were given, of those that must be kept, came out changed.
  """
  experiment, variables = restored(run)
  train_set, test_set = (data.make(experiment.config, split=split) for split in ('train', 'test'))
  truth = 'target' if 'target' in experiment.spec else 'image'
  mean = np.mean([train_set.examples(part)[truth].mean(0) for part in parts(AVERAGED, train_set)], 0)

  @jax.jit
  def score(variables, batch, rng):
    batch = join(batch, experiment.gan.draw(rng, batch), 0)
    others = {'mean': jnp.broadcast_to(mean, batch[truth].shape)}
    if 'source' in batch and batch['source'].shape == batch[truth].shape:
      others['identity'] = batch['source']
    scores = translation.score(batch[truth], batch[truth], **others)
    if 'mask' in batch:
      fakes, _ = experiment.gan.generate(variables, batch, rng, train=False)
      kept = batch['mask'] == 0
      scores['known_pixels_changed'] = (kept & (fakes['image'] != batch['image'])).sum((1, 2, 3))
      scores['psnr_hole_mean_image'] = translation.psnr_within(batch[truth], others['mean'], batch['mask'])
    return {name: scores[name] for name in scores if name not in translation.MEASURES}

  found = [
    jax.device_get(score(variables, test_set.examples(part), jax.random.key(part[0])))
    for part in parts(IMAGES, test_set)
  ]
  return {name: float(np.mean([part[name].mean() for part in found])) for name in found[0]}


def attributes(run):
  """How a judge that learned the attributes of real faces reads translations that change one of them.

  'wanted_read': the share in which the changed one (of those that exclude each other, all of them) is read as
  wanted; 'others_unchanged': the share in which every other attribute is read as it was; each also by name.
  """
  experiment, variables = restored(run)
  config, known = experiment.config, experiment.config.data.attributes
  by_attributes = lambda split: data.make(config, split=split).replace(label_names=())
  test_set = by_attributes('test')
  referee = classifier.of(by_attributes('train'), test_set, steps=JUDGE_STEPS)

  @jax.jit
  def translate(variables, batch, wanted):
    batch = join(batch, {'wanted': wanted}, 0)
    return experiment.gan.generate(variables, batch, jax.random.key(0), train=False)[0]['image']

  scores = {'judge_accuracy': referee.accuracy}
  shares = {'wanted_read': [], 'others_unchanged': []}
  for k, name in enumerate(known):
    read, unchanged = [], []
    group = np.arange(len(known)) < config.gan.exclusive
    mine = group if k < config.gan.exclusive else np.arange(len(known)) == k
    for part in parts(IMAGES, test_set):
      batch = test_set.examples(part)
      wanted = changed(batch['attributes'], k, config.gan.exclusive)
      seen = referee.see(to_uint8(translate(variables, batch, wanted))).probabilities
      right = seen.argmax(-1) == np.asarray(wanted)
      asked = np.asarray(
        (wanted != batch['attributes']).any(1)
      )  # a face may have that colour of hair already
      read.append(right[asked][:, mine].all(1))
      unchanged.append(right[asked][:, ~mine].all(1))
    for share, values in (('wanted_read', read), ('others_unchanged', unchanged)):
      scores[f'{share}_{name}'] = float(np.concatenate(values).mean())
      shares[share] += values
  return scores | {name: float(np.concatenate(values).mean()) for name, values in shares.items()}


def parts(count, dataset):
  """Indices of the first `count` examples, PART at a time."""
  return [np.arange(start, start + PART) for start in range(0, min(count, dataset.size), PART)]
