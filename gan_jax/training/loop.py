"""The loop: restore, step, log, sample, save. Everything about the game itself is in the GAN and its step."""

import functools
from pathlib import Path

import jax
import numpy as np

from gan_jax import data, errors
from gan_jax.data.decoding import streaming
from gan_jax.devices import compilation, host_memory, mesh, profiling
from gan_jax.evaluation import evaluate
from gan_jax.runs import checkpoints, logs
from gan_jax.runs import folder as runs
from gan_jax.training import experiment, interrupt
from gan_jax.views import report


def train(config, run, notice=print, profile=0):
  """Trains the run, from its last checkpoint if it has one, to `config.train.num_steps`.

  `profile` steps, once all is compiled, are traced into the run's folder.
  Returns (state, whether it finished): Ctrl-C saves and stops. Raises UserError for what a user can mend.
  """
  check(config)
  mesh.start(config.parallel)
  host_memory.prepare(config)
  layout = mesh.layout(config.train.batch_size, config.train.accumulate)
  dataset = data.make(config)
  made = experiment.make(config, experiment.batch_spec(dataset))
  made.check_memory(dataset)
  if layout.first:
    run.open(config, made.spec, notice)
  layout.meet('the run is open')
  with checkpoints.Checkpoints(run.checkpoints, config.checkpoint.keep) as saved:
    state = first_state(made, run, layout, saved, notice)
    start, last = int(state.step), config.train.num_steps
    if start < last:
      state = layout.replicate(state)
      profiler = profiling.Profiler(run.folder / 'profile', profile, notice)
      out = logs.Writers(run, config, start) if layout.first else logs.Silent()
      with out, interrupt.Interrupt() as stop, profiler:
        state = loop(made, layout, state, dataset, saved, out, stop, profiler)
  state = mesh.local(state)
  finished = int(state.step) >= last
  if not finished:
    notice(f'stopped at step {int(state.step)}, saved; the same command goes on from there')
  elif start < last or not run.figures.exists():
    if layout.first:
      report.write(made, run, state, dataset)
      tell(made, run, state, dataset, notice)
  else:
    notice(f'{run.folder} has its {last} steps already; set train.num_steps to go on')
  return state, finished


def tell(made, run, state, dataset, notice):
  """Three lines at the end: what was learned, how good it is, where the pictures are."""
  example, source = made.spec['image'].shape[1:], made.config.data
  batch, steps, copies = made.config.train.batch_size, int(state.step), made.copies
  images = f'{dataset.size:,} images ({source.name}, {"x".join(map(str, example))})'
  what = images if len(example) > 1 else f'the density {source.density}'
  each = f', {copies} copies' if copies > 1 else ''
  notice(f'learned {what} in {steps:,} steps of {batch}{each}')
  if scores := evaluate.evaluate(made, run, state, dataset):
    notice(f'not scored: {scores["why_not"]}' if 'why_not' in scores else report.view(made).sentence(scores))
  notice(f'pictures: {run.samples}/step_{steps:06d}.png, training.gif beside it, and {run.figures}/')


def check(config):
  """Raises UserError for numbers that cannot be trained with."""
  train, batch = config.train, config.train.batch_size
  if config.population.seeds < 1:
    raise errors.UserError(f'population.seeds={config.population.seeds}: must be at least 1')
  for field in ('batch_size', 'num_steps', 'g_steps', 'accumulate'):
    if train[field] < 1:
      raise errors.UserError(f'train.{field}={train[field]}: must be at least 1')
  if train.steps_per_dispatch < 0:
    raise errors.UserError(f'train.steps_per_dispatch={train.steps_per_dispatch}: must be 0 (choose) or more')
  if not 0 <= config.seed < 2**31:
    raise errors.UserError(f'seed={config.seed}: must be in [0, 2^31)')
  if batch % train.accumulate:
    raise errors.UserError(f'train.accumulate={train.accumulate} does not divide train.batch_size={batch}')


def first_state(made, run, layout, saved, notice):
  """The state to go on from: the last checkpoint's, or another run's networks, or a new one."""
  if saved.latest() is not None:
    notice(f'{run.folder}: going on from step {saved.latest()}')
    return made.restore(saved, sharding=layout.whole)
  state = made.init_state()
  if made.config.train.init_from:
    other = runs.Run(Path(made.config.train.init_from))
    with checkpoints.Checkpoints(other.checkpoints) as theirs:
      state = experiment.start_from(state, experiment.make(*other.stored()).restore(theirs))
    notice(f'starting from the networks of {other.folder}')
  return state


def loop(made, layout, state, dataset, saved, out, stop, profiler):
  """The state after the last step, or after the dispatch in which the user asked to stop."""
  config = made.config
  now, last = int(state.step), config.train.num_steps
  one_step = jax.jit(made.train_step(layout.split))  # traced once
  cost = compilation.operations(one_step, state, layout.like(dataset))
  feed = streaming.feed(dataset, layout, config, now)
  advance = compilation.Dispatcher(one_step, feed, cost, config.train.steps_per_dispatch, last, layout.whole)
  view, stopped, running = report.view(made), False, None
  snapshot = view.fixed(made, dataset)
  if now == 0:
    out.picture(0, functools.partial(view.draw, snapshot(state)))
  while now < last and not stopped:
    profiler.before()
    state, metrics, count = advance(state, now)
    profiler.after(state, count)
    jax.block_until_ready(running)  # one more may wait in line: the bar and Ctrl-C must not lag behind
    running = metrics
    before, now = now, now + count
    out.progress(now)
    log(out, metrics, before, now, config.log.every)
    stopped = mesh.agree(stop)
    end = now == last or stopped
    if end or due(config.sample.every, before, now) or any(before < at <= now for at in config.sample.at):
      out.picture(now, functools.partial(view.draw, snapshot(state)))
    if end or due(config.checkpoint.every, before, now):
      saved.save(state)
  return state


def log(out, metrics, before, now, every):
  """Writes the rows of steps (before, now] that `every` divides; fetches nothing if there are none."""
  rows = [at for at in range(before + 1, now + 1) if at % every == 0]
  if not rows:
    return
  metrics = jax.device_get(metrics)  # waits for the dispatch, so that the rate is a true one
  speed = {'examples_per_second': out.rate(now), **profiling.peak_memory()}
  for at in rows:
    values = {name: told(values[at - before - 1]) for name, values in sorted(metrics.items())}
    out.scalars(at, {**values, **speed})


def told(value):
  """A metric [] as a number; of several copies [P], the mean over those whose value is finite, if any is."""
  finite = np.isfinite(value)
  return round(float(np.mean(value, where=finite if finite.any() else True)), 6)


def due(every, before, now):
  """Whether a multiple of `every` lies in (before, now]; never if `every` is 0."""
  return every > 0 and now // every > before // every
