"""The loop: restore, step, log, sample, save. Everything about the game itself is in the GAN and its step."""

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
from ml_collections import ConfigDict

from gan_jax import configs, data, errors, gans, views
from gan_jax.devices import compilation, host_memory, memory, mesh, profiling
from gan_jax.gans import augmentations
from gan_jax.runs import logs
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run, facts
from gan_jax.runs.lock import Lock
from gan_jax.runs.waiting import above, waiting
from gan_jax.training import finish, recovery, scoring, setup
from gan_jax.training.grace import Grace
from gan_jax.training.interrupt import Interrupt
from gan_jax.training.parts import Parts, first_state, stepping
from gan_jax.training.recovery import Diverged, Guard
from gan_jax.training.rows import Rows, due
from gan_jax.training.scoring import Scoring
from gan_jax.training.state import TrainState
from gan_jax.training.stuck import Watch


def train(
  config: ConfigDict, run: Run, notice: Callable = print, profile: int = 0
) -> tuple[TrainState, bool]:
  """Trains the run, from its last checkpoint if it has one, to `config.train.num_steps`.

  `profile` steps, once all is compiled, are traced into the run's folder.
  Returns (state, whether it finished): a signal saves and stops. Raises UserError for what a user can mend.
  """
  configs.check(config)
  scoring.check(config)
  if config.train.init_from:
    Run(Path(config.train.init_from)).stored()  # a wrong one is told before anything is made
  mesh.start(config.parallel)
  host_memory.prepare(config)
  layout = mesh.layout(config.train.batch_size, config.train.accumulate)
  say = waiting if layout.first else contextlib.nullcontext
  notice = above(notice)
  with say('reading the data'):
    dataset = data.make(config)
  experiment = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  with Lock(run.folder) if layout.first else contextlib.nullcontext():
    if layout.first:
      run.open(config, experiment.spec, notice)
      if line := augmentations.told(config, experiment.spec):
        notice(line)
    layout.meet('the run is open')
    return _train(Parts(experiment, run, layout, dataset, notice, say), profile)


def _train(parts: Parts, profile: int) -> tuple[TrainState, bool]:
  experiment, run, layout, dataset, notice, say = parts
  config, enough = experiment.config, memory.exhausted(experiment.smaller(1.5))
  kept = config.checkpoint.keep, config.checkpoint.keep_every, facts(config, experiment.spec)
  with Checkpoints(run.checkpoints, *kept, layout.first, notice) as saved, enough:
    if layout.first:
      saved.tidy()
    state = first_state(parts, saved, notice)
    start, last, scorer, stopped = int(state.step), config.train.num_steps, None, ''
    if start < last:
      ready, state = prepare(parts, state)
      watch = Watch(experiment, dataset, notice if layout.first else lambda _: None)
      profiler = profiling.Profiler(run.folder / 'profile', profile, notice)
      since = scored(run, layout, start) if config.evaluate.every else start
      scores = Scoring(experiment, run, layout, dataset, since, notice, say)
      out = logs.Writers(run, config, start) if layout.first else logs.Silent()
      with scores, out, Interrupt() as stop, profiler:
        state = recovering(parts, ready, state, saved, out, stop, profiler, watch, scores)
        saved.finish(state)
        stop.saved()
        stopped = f' {stop.seconds:.1f} s after the signal' if stop.seconds is not None else ''
      scorer = scores.scorer
  state = mesh.local(state)
  finished = int(state.step) >= last and not stopped
  if not finished:
    notice(f'stopped at step {int(state.step)}, saved{stopped}; the same command continues from there')
  elif start < last or finish.owed(run, state):
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


def scored(run: Run, layout: mesh.Layout, start: int) -> int:
  """The last step up to `start` that has scores, or 0; after a kill those of `start` may be lacking."""
  taken = [row['step'] for row in run.scores() if row['step'] <= start] if layout.first else []
  return layout.agreed(max(taken, default=0))


class Ready(NamedTuple):
  """What the loop needs, compiled."""

  advance: compilation.Dispatcher
  view: views.View
  snapshot: Callable  # of a state, for the view to draw
  first: Any  # that of the state before the first step, or None
  guard: Guard
  grace: Grace


def prepare(parts: Parts, state: TrainState) -> tuple[Ready, TrainState]:
  """(all that takes its time before the next step, the state on all devices).

  Raises UserError if the steps do not fit into memory.
  """
  experiment, now = parts.experiment, int(state.step)
  advance, state = stepping(parts, state)
  experiment.check_memory(memory.needed(advance.prepare(state, now)), memory.free())
  view = views.of(experiment.gan)
  with parts.say('drawing the first samples'):
    snapshot = view.snapshot(experiment, parts.dataset)
    first = None if now else snapshot(state)
  size = sum(array.nbytes for array in jax.tree.leaves(state))
  notice = parts.notice if parts.layout.first else lambda _: None
  grace = Grace(experiment.config.checkpoint.grace_s, size, notice)
  return Ready(advance, view, snapshot, first, Guard(experiment, state), grace), state


def recovering(
  parts: Parts, ready: Ready, state: TrainState, saved: Checkpoints, out: Any, *others: Any
) -> TrainState:
  """What `loop` returns, which goes back to the last sound checkpoint each time that numbers are none.

  Raises UserError where config.train.on_nan says so, or nothing helps.
  """
  notice = parts.notice if parts.layout.first else lambda _: None
  while True:
    try:
      return loop(parts.experiment.config, ready, state, saved, out, *others)
    except Diverged as failure:
      with contextlib.suppress(errors.UserError):  # what was being saved is sound, or is not saved
        saved.wait()
      path = int(ready.guard.rollbacks.max())
      bundle = parts.run.failures / (f'step_{failure.step:06d}' + f'_path_{path}' * (path > 0))
      if parts.layout.first:
        recovery.keep(parts, ready.advance.feed, failure, bundle)
      again = lambda: parts.layout.replicate(first_state(parts, saved, lambda _: None))
      state = recovery.go_back(failure, ready.guard, parts.experiment, again, bundle, notice)
      ready.guard.hold(parts.experiment.config.train, state)
      ready.advance.rewind(int(state.step))
      out.rewind(int(state.step))


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
  elif config.evaluate.every and mesh.agree(due(config.evaluate.every, out.scored, now)):
    out.scores(now, scores.take(state, stop))
  while now < last and not stopped:
    profiler.before()
    state, metrics, count = ready.advance(state, now)
    profiler.after(state, count)
    state, seen = ready.guard.seen(state, metrics, now)
    ready.guard.check(running, state)  # one more may wait in line: the bar and Ctrl-C must not lag behind
    if running:
      ready.grace.dispatched(count)
    running = seen
    before, now = now, now + count
    out.progress(now)
    stopped = mesh.agree(stop)
    end = now == last or stopped
    save = end or due(config.checkpoint.every, before, now)
    draw = end or due(config.sample.every, before, now) or any(before < at <= now for at in config.sample.at)
    score = due(config.evaluate.every, before, now)
    if save or draw or score or rows.steps(before, now, save):
      ready.guard.check(seen, state)  # so that nothing is written of what is no number
    rows.add(metrics, before, now, save)
    if save:
      saved.save(state)
      ready.grace.saved(saved.took)
    if stopped:
      saved.finish(state)  # before all that is only to be looked at
      stop.saved()
    if draw:
      drawn = ready.snapshot(state)
      out.picture(now, functools.partial(ready.view.draw, drawn))
      watch.look(now, drawn, metrics)
    if score:
      jax.block_until_ready(state)  # the seconds of the steps are not those of the scores
      with out.paused():
        out.scores(now, scores.take(state, stop))
      if not stopped and mesh.agree(stop):  # here, or the scores that it has broken off would never be taken
        stopped = True
        saved.save(state)
        saved.finish(state)
        stop.saved()
  return state
