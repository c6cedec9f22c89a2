"""Attacks on the files of checkpoints: what is loaded is one of the states that were saved, or nothing is."""

import shutil

import jax
import jax.numpy as jnp

from gan_jax import configs, data, errors, gans
from gan_jax.runs import checkpoints, folder, manifest, trees
from gan_jax.training import setup

STEPS = (2, 4)  # of the checkpoints, the last of which is damaged


def flip(place, rng):
  """Flips one bit, any of all bytes alike, again and again; gives (what happened, whether it was right)."""

  def attack(last):
    files = sorted(last.iterdir())
    (file,) = rng.choices(files, [path.stat().st_size for path in files])
    content = bytearray(file.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    file.write_bytes(content)

  yield from attacked(place, attack)


def damage(place, rng):
  """Damages a file in another way each time."""

  def attack(last):
    file = rng.choice([*sorted(last.iterdir()), last])
    rng.choice([remove, rename] if file.is_dir() else [truncate, zero, remove, rename])(file)

  def truncate(file):
    with open(file, 'r+b') as opened:
      opened.truncate(rng.randrange(file.stat().st_size))

  def zero(file):
    size = file.stat().st_size
    begin = rng.randrange(size)
    with open(file, 'r+b') as opened:
      opened.seek(begin)
      opened.write(bytes(rng.randrange(1, size - begin + 1)))

  def remove(file):
    shutil.rmtree(file) if file.is_dir() else file.unlink()

  def rename(file):
    file.rename(file.with_name('7' if file.is_dir() else 'another'))

  yield from attacked(place, attack)


def made(steps):
  """(Experiment, facts, [a TrainState of each step], {step: its digest})."""
  config = configs.get('dcgan_digits:test', {}, notice=lambda _: None)
  experiment = setup.make(config, data.make(config).spec(gans.reads_conditions(config)))
  first = experiment.init_state()
  moved = lambda step: jax.tree.map(lambda array: array + jnp.asarray(step, array.dtype), first)
  states = [moved(step).replace(step=jnp.int32(step)) for step in steps]
  return experiment, folder.facts(config, experiment.spec), states, {int(s.step): digest(s) for s in states}


def attacked(place, attack):
  """Saves two states, and tells, of copies of them that are attacked, which is gone on from."""
  experiment, facts, states, wanted = made(STEPS)
  with checkpoints.Checkpoints(place / 'whole', facts=facts) as saved:
    for state in states:
      saved.save(state)
  while True:
    copy = shutil.copytree(place / 'whole', place / 'copy')
    attack(copy / str(STEPS[-1]))
    yield outcome(experiment, copy, facts, wanted)
    shutil.rmtree(copy)


def outcome(experiment, copy, facts, wanted):
  """What a training would go on from: the state before is right, or the last where it is what it was."""
  told = []
  try:
    with checkpoints.Checkpoints(copy, facts=facts, notice=told.append) as saved:
      found = experiment.restore(saved, mend=True)
  except errors.UserError as error:
    return f'refused: {error}', False
  except Exception as error:
    return f'{type(error).__name__}', False
  step = int(found.step)
  if digest(found) != wanted.get(step):
    return 'loaded though it is another', False
  if step == STEPS[-1]:
    return ('harmless', True) if not told else ('loaded, though told to be damaged', False)
  return ('found, and the one before taken', True) if told else ('gone, and the one before taken', True)


def digest(state):
  """That of all arrays of a state."""
  return manifest.digest(trees.on_host(state))
