"""Runs on images: their samples while they learn, their pictures at the end, their scores."""

import functools

import jax
import numpy as np

from gan_jax import data, errors
from gan_jax.evaluation import judge
from gan_jax.inference import sample
from gan_jax.training import step
from gan_jax.views import grids, latent_space

ROWS = 8  # held-out images in a figure
SCORED = 32  # images that are compared at a time
WORDS = {
  'judge_accuracy': 'the judge is right on {:.1%} of unseen real images',
  'classes_covered': 'it sees {:g} of {num_classes:g} classes among the {num_images:,.0f} generated ones',
  'fid': 'Frechet distance {:.1f} (real images: {fid_floor:.1f})',
  'inception_score': 'Inception score {:.2f} (real: {inception_score_real:.2f})',
}


def fixed(made, dataset):
  """state -> images [sample.num, H, W, C], or [P, ...] of P copies: of the same latents and real batch."""
  real = dataset.examples(np.arange(made.config.sample.num) % dataset.size)
  images = lambda state, real: grids.strip(list(shown(made, *played(made, state, real)).values()))
  compiled = jax.jit(made.each(images))
  return lambda state: np.asarray(compiled(state, real))


def played(made, state, real):
  """(batch, fakes) of the same latents each time, or of these real examples."""
  rng = jax.random.fold_in(jax.random.key(made.config.seed), 2**31 - 1)  # a stream that no step uses
  batch = step.join(real, made.gan.draw(rng, real), 0)
  fakes, _ = made.gan.generate(step.averaged(state), batch, rng, train=False)
  return batch, fakes


def shown(made, batch, fakes):
  """{heading: images [B, H, W, C]} in the GAN's order, which a jitted function would lose."""
  return made.gan.show(batch, fakes) if made.gan.show else {'made': fakes['image']}


def draw(images):
  """A grid, uint8 [H, W, 3]; of several copies, a row for each."""
  if images.ndim == 4:
    return grids.tile(images)
  shown = images[:, :16]
  return grids.tile(shown.reshape(-1, *shown.shape[2:]), columns=shown.shape[1])


def write(made, run, state, dataset):
  """Writes figures/*.png; what the GAN adds comes last."""
  if 'latents' in jax.eval_shape(made.gan.draw, jax.random.key(0), made.spec):
    sampler = sample.Sampler(made, step.averaged(state))
    ways, near = latent_space.interpolate(sampler), latent_space.neighbours(sampler, dataset)
    grids.save(run.figures / 'interpolation.png', grids.tile(ways, columns=10))
    grids.save(run.figures / 'nearest.png', grids.tile(near, columns=6))
  real = dataset.examples(np.arange(64) % dataset.size)['image']
  grids.save(run.figures / 'real.png', grids.tile(real))
  if not (made.gan.show or made.gan.figures):
    return
  examples = held_out(made, dataset).examples(np.arange(ROWS))
  if made.gan.show:
    batch, fakes = jax.jit(functools.partial(played, made))(state, examples)
    grids.save(run.figures / 'translations.png', grids.table(shown(made, batch, fakes)))
  if made.gan.figures:
    batch = step.join(examples, made.gan.draw(jax.random.key(made.config.seed), examples), 0)
    for name, pixels in made.gan.figures(step.averaged(state), batch, jax.random.key(0)).items():
      grids.save(run.figures / f'{name}.png', pixels)


def held_out(made, dataset):
  """The test split, or the dataset itself where there is none."""
  try:
    return data.make(made.config, split='test')
  except errors.UserError:
    return dataset


def score(made, state, dataset):
  """{name: number} of `config.evaluate.num_images` images: the GAN's own scores, of the test split, or else
  what a judge says of samples that learns from the dataset.

  Raises UserError for a set without a test split, or without labels if it is to be judged.
  """
  if made.gan.score:
    return compared(made, state, data.make(made.config, split='test'))
  referee = judge.train(dataset, data.make(made.config, split='test'), seed=0)
  sampler = sample.Sampler(made, step.averaged(state))
  return judge.score(referee, sampler(sampler.latents(made.config.evaluate.num_images, seed=3)))


def compared(made, state, dataset):
  """{name: mean} of what the GAN says of single images of the dataset and of its fakes."""

  @jax.jit
  def score(variables, batch, rng):
    draw_rng, play_rng = jax.random.split(rng)
    batch = step.join(batch, made.gan.draw(draw_rng, batch), 0)
    return made.gan.score(batch, made.gan.generate(variables, batch, play_rng, train=False)[0])

  count, parts = min(made.config.evaluate.num_images, dataset.size), []
  for start in range(0, count, SCORED):
    some = dataset.examples(np.arange(start, start + SCORED) % dataset.size)
    rng = jax.random.fold_in(jax.random.key(made.config.seed), start)
    parts.append(jax.device_get(score(step.averaged(state), some, rng)))
  return {name: float(np.concatenate([part[name] for part in parts])[:count].mean()) for name in parts[0]}


def sentence(scores):
  """The scores in words, one line."""
  if 'fid' not in scores:
    return ', '.join(f'{name.replace("_", " ")} {value:.4g}' for name, value in scores.items())
  return '; '.join(words.format(scores[name], **scores) for name, words in WORDS.items())
