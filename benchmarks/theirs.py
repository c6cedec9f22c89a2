"""PyTorch's side of benchmarks.step: the same work, by the same networks, on the same data."""

import itertools

import torch

from benchmarks import race, torch_conditional, torch_game, torch_translation, torch_words

THREADS = torch.get_num_threads()
BATCHES = (128, 500)  # in which it may make samples
PAIRS = 'source', 'image'
GAMES = {  # (module, what it reads of the data)
  'pix2pix': (torch_translation, PAIRS),
  'cyclegan': (torch_translation, PAIRS),
  'conditional': (torch_conditional, ('image', 'label')),
  'gawwn': (torch_words, ('image', 'caption', 'caption_wrong', 'box')),
}


def train(config, dataset, threads=0):
  """A work of training steps on random batches, in the form that is fastest here."""
  if config.gan.name in GAMES:
    return of_game(config, dataset)
  torch_game.tuned()
  examples, shape = torch_game.on_device(dataset.arrays['image']), dataset.image_shape
  torch.set_num_threads(threads or THREADS)
  kind = torch_game.fastest(config, shape, examples)
  parts, examples = torch_game.make(config, shape, **kind), torch_game.laid_out(examples, kind['layout'])
  size = config.train.batch_size
  drawn = torch_game.latents(config, size)

  def work(count):
    torch.set_num_threads(threads or THREADS)
    for _ in range(count):
      order = torch.randint(len(examples), (size,), device=torch_game.DEVICE)
      losses = torch_game.step(parts, config, torch_game.scaled(examples[order]), drawn)
    losses['g/loss'].item()
    return count

  return work


def of_game(config, dataset):
  """A work of training steps of one of GAMES."""
  torch_game.tuned()
  torch.set_num_threads(THREADS)
  module, names = GAMES[config.gan.name]
  arrays = [torch_game.on_device(dataset.arrays[name]) for name in names]
  size = config.train.batch_size * config.train.d_steps  # each update of D has a batch of its own

  def begin(layout, fused):
    parts = module.make(config, dataset, layout, fused)
    held = [torch_game.laid_out(array, layout) for array in arrays]

    def work(count):
      for _ in range(count):
        order = torch.randint(dataset.size, (size,), device=torch_game.DEVICE)
        losses = parts['step'](parts, config, *(torch_game.scaled(array[order]) for array in held))
      losses['g/loss'].item()
      return count

    return work

  works = [begin(*kind) for kind in itertools.product(torch_game.LAYOUTS, (False, True))]
  return works[race.fastest(works, rounds=3)]


def sampling(config, dataset, images):
  """A work of units of so many images, in the layout and the size of batch that are fastest here."""
  torch_game.tuned()
  torch.set_num_threads(THREADS)
  kinds = itertools.product(torch_game.LAYOUTS, BATCHES)
  works = [sampling_by(config, dataset.image_shape, *kind) for kind in kinds]
  work = works[race.fastest([lambda _, work=work: work(1, 1000) for work in works], rounds=3)]
  return lambda count: work(count, images)


def sampling_by(config, shape, layout, batch):
  parts = torch_game.make(config, shape, layout)

  def work(count, images):
    for _ in range(count):
      torch_game.generate(parts, config, images, batch)
    return count

  return work
