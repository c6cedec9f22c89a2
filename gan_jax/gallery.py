"""Runs on images: their samples while they learn, what lies between and next to samples, their scores."""

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data, figures, sample, step
from gan_jax.metrics import judge

NEAREST_OF = 50_000  # real images that are searched
CHUNK = 500
SCORED = 32  # images that are compared at a time
WORDS = {
  'judge_accuracy': 'the judge is right on {:.1%} of unseen real images',
  'classes_covered': 'it sees {:g} of {num_classes:g} classes among the {num_images:,.0f} generated ones',
  'fid': 'Frechet distance {:.1f} (real images: {fid_floor:.1f})',
  'inception_score': 'Inception score {:.2f} (real: {inception_score_real:.2f})',
}


def fixed(made, dataset):
  """state -> images [sample.num, H, W, C], or [P, ...] of P copies: of the same latents and real batch."""
  count, seed = made.config.sample.num, made.config.seed
  rng = jax.random.fold_in(jax.random.key(seed), 2**31 - 1)  # a stream that no step uses
  real = dataset.examples(np.arange(count) % dataset.size)

  def images(state, real):
    batch = step.join(real, made.gan.draw(rng, real), 0)
    fakes, _ = made.gan.generate(step.averaged(state), batch, rng, train=False)
    return figures.strip(made.gan.show(batch, fakes)) if made.gan.show else fakes['image']

  compiled = jax.jit(made.each(images))
  return lambda state: np.asarray(compiled(state, real))


def draw(images):
  """A grid, uint8 [H, W, 3]; of several copies, a row for each."""
  if images.ndim == 4:
    return figures.tile(images)
  shown = images[:, :16]
  return figures.tile(shown.reshape(-1, *shown.shape[2:]), columns=shown.shape[1])


def write(made, run, state, dataset):
  """Writes figures/*.png; what the GAN adds comes last."""
  if 'latents' in jax.eval_shape(made.gan.draw, jax.random.key(0), made.spec):
    sampler = sample.Sampler(made, step.averaged(state))
    figures.save(run.figures / 'interpolation.png', figures.tile(interpolate(sampler), columns=10))
    figures.save(run.figures / 'nearest.png', figures.tile(neighbours(sampler, dataset), columns=6))
  figures.save(
    run.figures / 'real.png', figures.tile(dataset.examples(np.arange(64) % dataset.size)['image'])
  )
  if made.gan.figures:
    batch = dataset.batch(made.config.seed, 0)
    batch = step.join(batch, made.gan.draw(jax.random.key(made.config.seed), batch), 0)
    for name, pixels in made.gan.figures(step.averaged(state), batch, jax.random.key(0)).items():
      figures.save(run.figures / f'{name}.png', pixels)


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


def interpolate(sampler, rows=8, columns=10):
  """Images on the way from one latent to another, `rows` times: [rows * columns, H, W, C].

  Along the great circle (White 2016, https://arxiv.org/abs/1609.04468, sec. 2.1), since the straight way
  passes through latents shorter than any that G has learned.
  """
  ends = sampler.latents(2 * rows, seed=1)
  ways = [slerp(ends[2 * i], ends[2 * i + 1], t) for i in range(rows) for t in np.linspace(0, 1, columns)]
  return sampler(np.stack(ways))


def slerp(start, end, t):
  """The point at fraction `t` of the arc from `start` to `end`, vectors [D]."""
  cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
  angle = np.arccos(np.clip(cosine, -1, 1))
  if np.sin(angle) < 1e-4:  # or opposite, where no way is the shortest
    return (1 - t) * start + t * end
  return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


def neighbours(sampler, dataset, rows=8, nearest=5):
  """Rows of a sample and the real images nearest to it (Euclidean, pixels): is G memorising?

  Returns [rows * (1 + nearest), H, W, C]; the first NEAREST_OF real images are searched.
  """
  samples = sampler(sampler.latents(rows, seed=2))
  queries = jnp.asarray(samples).reshape(rows, -1)
  searched = min(dataset.size, NEAREST_OF)
  chunk = min(searched, CHUNK)

  @jax.jit
  def distances(real):
    real = real.reshape(chunk, -1)
    return (real**2).sum(1) - 2 * queries @ real.T

  indices = [np.minimum(np.arange(start, start + chunk), searched - 1) for start in range(0, searched, chunk)]
  found = [distances(dataset.examples(some)['image']) for some in indices]
  found = np.concatenate(found, 1)[:, :searched]
  closest = np.argsort(found, 1)[:, :nearest]
  real = np.asarray(dataset.examples(closest.reshape(-1))['image'])
  real = real.reshape(rows, closest.shape[1], *real.shape[1:])
  return np.concatenate([samples[:, None], real], 1).reshape(-1, *samples.shape[1:])
