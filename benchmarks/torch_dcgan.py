"""configs/dcgan_mnist.py trained by PyTorch. A run's folder has a checkpoint for every epoch."""

import torch

from benchmarks import torch_game
from gan_jax.runs import logs


def train(config, run, images, epochs, steps_per_epoch, notice=print):
  """Trains on `images` uint8 [N, H, W, C], from the last epoch that is saved in the run's folder."""
  start = max((epoch for epoch in range(1, epochs + 1) if checkpoint(run, epoch).exists()), default=0)
  if start == epochs:
    return
  shape, images = images.shape[1:], torch_game.on_device(images)
  kind = torch_game.fastest(config, shape, images)
  torch.manual_seed(config.seed)
  parts, images = torch_game.make(config, shape, **kind), torch_game.laid_out(images, kind['layout'])
  if start:
    restore(parts, run, start)
  notice(f'{run.folder}: PyTorch with {kind}, from epoch {start}')
  run.folder.mkdir(parents=True, exist_ok=True)
  with logs.Writers(run, config, start * steps_per_epoch) as out:
    for epoch in range(start, epochs):
      train_epoch(parts, config, images, epoch, steps_per_epoch, out)
      save(parts, run, epoch + 1)


def train_epoch(parts, config, images, epoch, steps, out):
  """Makes `steps` updates; order and latents follow from the epoch, so that a resumed run repeats them."""
  torch.manual_seed(2**16 * config.seed + epoch)
  size = config.train.batch_size
  order = torch.randperm(len(images)).to(torch_game.DEVICE)
  drawn = torch_game.latents(config, size)
  for i in range(steps):
    real = torch_game.scaled(images[order[i * size : (i + 1) * size]])
    losses = torch_game.step(parts, config, real, drawn)
    now = epoch * steps + i + 1
    out.progress(now)
    if now % config.log.every == 0:
      values = {name: round(loss.item(), 6) for name, loss in losses.items()}
      out.scalars(now, {**values, 'examples_per_second': out.rate(now)})


def generate(config, run, shape, epoch, count):
  """`count` images, float32 numpy [count, H, W, C] in [-1, 1], by the generator as it was after `epoch`."""
  parts = torch_game.make(config, shape)
  restore(parts, run, epoch)
  torch.manual_seed(config.seed)
  return torch_game.generate(parts, config, count)


def checkpoint(run, epoch):
  """The file that holds the state after `epoch`."""
  return run.checkpoints / f'epoch_{epoch:03d}.pt'


def save(parts, run, epoch):
  """Writes the state after `epoch`, whole or not at all."""
  file = checkpoint(run, epoch)
  file.parent.mkdir(parents=True, exist_ok=True)
  partial = file.with_suffix('.partial')
  torch.save({name: part.state_dict() for name, part in parts.items()}, partial)
  partial.replace(file)


def restore(parts, run, epoch):
  """Gives networks and optimizers the state that they had after `epoch`."""
  saved = torch.load(checkpoint(run, epoch), map_location=torch_game.DEVICE, weights_only=True)
  for name, part in parts.items():
    part.load_state_dict(saved[name])
