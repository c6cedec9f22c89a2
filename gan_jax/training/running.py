"""The steps of a run, one dispatch after the other: what is logged, drawn, scored and saved between them."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from ml_collections import ConfigDict

from gan_jax import errors, views
from gan_jax.devices import compilation, memory, mesh, profiling
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.training import recovery
from gan_jax.training.grace import Grace
from gan_jax.training.health import Health
from gan_jax.training.interrupt import Interrupt
from gan_jax.training.parts import Parts, first_state, stepping
from gan_jax.training.recovery import Diverged, Guard
from gan_jax.training.rows import Rows, due
from gan_jax.training.scoring import Scoring
from gan_jax.training.state import TrainState


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
      health = Health(parts.experiment.config, parts.experiment.copies, out, notice)
      return loop(parts.experiment.config, ready, state, saved, out, health, *others)
    except Diverged as failure:
      with contextlib.suppress(errors.UserError):  # what was being saved is sound, or is not saved
        saved.wait()
      path = int(ready.guard.rollbacks.max())
      bundle = parts.run.failures / (f'step_{failure.step:06d}' + f'_path_{path}' * (path > 0))
      if parts.layout.first:
        recovery.keep(parts, ready.advance.feed, failure, bundle)
      mesh.meet()  # what is kept is whole before anybody ends
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
  health: Health,
  stop: Interrupt,
  profiler: profiling.Profiler,
  scores: Scoring,
  enough: Callable[[], bool],
) -> TrainState:
  """The state after the last step, or after the dispatch in which the user asked to stop."""
  now, last, stopped, running = int(state.step), config.train.num_steps, False, None
  rows = Rows(out, config.log.every, health.look)
  if now == 0:
    out.picture(0, functools.partial(ready.view.draw, ready.first))
  else:
    make_up(config, ready.view, ready.snapshot, ready.advance.before(now), state, out, scores, stop)
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
    stopped = stop.hear(mesh.most(stop.status))
    end = now == last or stopped
    save = end or due(config.checkpoint.every, before, now)
    draw = end or pictured(config, before, now)
    score = due(config.evaluate.every, before, now)
    if save or draw or score or rows.steps(before, now, save):
      ready.guard.check(seen, state)  # so that nothing is written of what is no number
    rows.add(metrics, before, now, save)
    if save:
      out.sync()
      saved.save(state)
      ready.grace.saved(saved.took)
    if stopped:
      saved.finish(state)  # before all that is only to be looked at
      stop.saved()
    if draw:
      drawn = ready.snapshot(state)
      out.picture(now, functools.partial(ready.view.draw, drawn))
    if score:
      jax.block_until_ready(state)  # the seconds of the steps are not those of the scores
      with out.paused():
        out.scores(now, scores.take(state, stop))
      # here, or scores that a signal has broken off would never be taken
      if not stopped and (stop.hear(mesh.most(stop.status)) or mesh.agree(enough())):
        stopped = True
        saved.save(state)
    if save or draw or score:
      mesh.meet()  # the first has done more; in a step the others would wait for it for half a minute only
  return state


def pictured(config: ConfigDict, before: int, now: int) -> bool:
  """Whether samples are drawn after the steps (before, now], if the run is not stopped there."""
  asked = due(config.sample.every, before, now) or any(before < at <= now for at in config.sample.at)
  return asked or now == config.train.num_steps


def make_up(
  config: ConfigDict,
  view: views.View,
  snapshot: Callable,
  before: int,
  state: TrainState,
  out: Any,
  scores: Scoring,
  stop: Interrupt,
) -> None:
  """Draws and scores the state from which a run goes on, if a kill or a signal has left that undone.

  Its last steps, in one program, were those after `before`.
  """
  now = int(state.step)
  if mesh.agree(pictured(config, before, now) and not out.drawn(now)):
    out.picture(now, functools.partial(view.draw, snapshot(state)))
  if config.evaluate.every and mesh.agree(due(config.evaluate.every, out.scored, now)):
    out.scores(now, scores.take(state, stop))
