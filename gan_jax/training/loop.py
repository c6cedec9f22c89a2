"""The loop: restore, step, log, sample, save. Everything about the game itself is in the GAN and its step."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from ml_collections import ConfigDict

from gan_jax import configs, data, gans, views
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import streaming
from gan_jax.devices import compilation, host_memory, memory, mesh, profiling
from gan_jax.gans import augmentations
from gan_jax.runs import logs
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.runs.waiting import above, waiting
from gan_jax.training import finish, scoring, setup
from gan_jax.training.experiment import Experiment, start_from
from gan_jax.training.interrupt import Interrupt
from gan_jax.training.rows import Rows, due
from gan_jax.training.scoring import Scoring
from gan_jax.training.state import TrainState
from gan_jax.training.stuck import Watch


def train(
  config: ConfigDict, run: Run, notice: Callable = print, profile: int = 0
) -> tuple[TrainState, bool]:
  """Trains the run, from its last checkpoint if it has one, to `config.train.num_steps`.

  `profile` steps, once all is compiled, are traced into the run's folder.
  Returns (state, whether it finished): Ctrl-C saves and stops. Raises UserError for what a user can mend.
  """
  configs.check(config)
  scoring.check(config)
  mesh.start(config.parallel)
  host_memory.prepare(config)
  layout = mesh.layout(config.train.batch_size, config.train.accumulate)
  say = waiting if layout.first else contextlib.nullcontext
  notice = above(notice)
  with say('reading the data'):
    dataset = data.make(config)
  experiment = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  if layout.first:
    run.open(config, experiment.spec, notice)
    if line := augmentations.told(config, experiment.spec):
      notice(line)
  layout.meet('the run is open')
  enough = memory.exhausted(experiment.smaller(1.5))
  with Checkpoints(run.checkpoints, config.checkpoint.keep) as saved, enough:
    state = first_state(experiment, run, layout, saved, notice, say)
    start, last, scorer = int(state.step), config.train.num_steps, None
    if start < last:
      state = layout.replicate(state)
      ready = prepare(experiment, layout, state, dataset, say)
      watch = Watch(experiment, dataset, notice if layout.first else lambda _: None)
      profiler = profiling.Profiler(run.folder / 'profile', profile, notice)
      scores = Scoring(experiment, run, layout, dataset, start, notice, say)
      out = logs.Writers(run, config, start) if layout.first else logs.Silent()
      with scores, out, Interrupt() as stop, profiler:
        state = loop(config, ready, state, saved, out, stop, profiler, watch, scores)
      scorer = scores.scorer
  state = mesh.local(state)
  finished = int(state.step) >= last
  if not finished:
    notice(f'stopped at step {int(state.step)}, saved; the same command continues from there')
  elif start < last or not run.figures.exists():
    if layout.first:
      finish.finish(experiment, run, state, dataset, notice, scorer)
  elif finish.unscored(experiment, run, state):
    if layout.first:
      finish.score(experiment, run, state, dataset, notice)
  else:
    notice(f'{run.folder} has its {last} steps already; set train.num_steps to continue')
  if finished and layout.first and (best := scoring.best_line(run, int(state.step))):
    notice(best)
  return state, finished


def first_state(
  experiment: Experiment, run: Run, layout: mesh.Layout, saved: Checkpoints, notice: Callable, say: Callable
) -> TrainState:
  """The state to train from: the last checkpoint's, or another run's networks, or a new one."""
  if saved.latest() is not None:
    notice(f'{run.folder}: resumed at step {saved.latest()}')
    return experiment.restore(saved, sharding=layout.whole)
  with say('making the networks'):
    state, options = jax.block_until_ready(experiment.init_state()), experiment.config.train
  if options.init_from:
    networks = setup.networks(options.init_from, experiment.copies, notice)
    state = start_from(state, networks, options.init_partial, notice)
    notice(f'starting from the networks of {options.init_from}')
  return state


class Ready(NamedTuple):
  """What the loop needs, compiled."""

  advance: compilation.Dispatcher
  view: views.View
  snapshot: Callable  # of a state, for the view to draw
  first: Any  # that of the state before the first step, or None


def prepare(
  experiment: Experiment, layout: mesh.Layout, state: TrainState, dataset: Dataset, say: Callable
) -> Ready:
  """All that takes its time before the next step. Raises UserError if the steps do not fit into memory."""
  config, now = experiment.config, int(state.step)
  with say('tracing the training step'):
    one_step = jax.jit(experiment.train_step(layout.split))  # traced once
    cost = compilation.operations(one_step, state, layout.like(dataset))
    feed = streaming.feed(dataset, layout, config, now)
  many = config.train.steps_per_dispatch, config.train.num_steps
  advance = compilation.Dispatcher(one_step, feed, cost, *many, layout.whole, say)
  experiment.check_memory(memory.needed(advance.prepare(state, now)), memory.free())
  view = views.of(experiment.gan)
  with say('drawing the first samples'):
    snapshot = view.snapshot(experiment, dataset)
    return Ready(advance, view, snapshot, None if now else snapshot(state))


def loop(
  config: ConfigDict,
  ready: Ready,
  state: TrainState,
  saved: Checkpoints,
  out: Any,
  stop: Interrupt,
  profiler: profiling.Profiler,
  watch: Watch,
  scores: Scoring,
) -> TrainState:
  """The state after the last step, or after the dispatch in which the user asked to stop."""
  now, last, stopped, running = int(state.step), config.train.num_steps, False, None
  rows = Rows(out, config.log.every)
  if now == 0:
    out.picture(0, functools.partial(ready.view.draw, ready.first))
  while now < last and not stopped:
    profiler.before()
    state, metrics, count = ready.advance(state, now)
    profiler.after(state, count)
    jax.block_until_ready(running)  # one more may wait in line: the bar and Ctrl-C must not lag behind
    running = metrics
    before, now = now, now + count
    out.progress(now)
    stopped = mesh.agree(stop)
    end = now == last or stopped
    save = end or due(config.checkpoint.every, before, now)
    rows.add(metrics, before, now, save)
    if end or due(config.sample.every, before, now) or any(before < at <= now for at in config.sample.at):
      drawn = ready.snapshot(state)
      out.picture(now, functools.partial(ready.view.draw, drawn))
      watch.look(now, drawn, metrics)
    if due(config.evaluate.every, before, now):
      jax.block_until_ready(state)  # the seconds of the steps are not those of the scores
      with out.paused():
        out.scores(now, scores.take(state))
    if save:  # after the scores: what is resumed has them
      saved.save(state)
  return state
