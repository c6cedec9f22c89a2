"""A run from its start to its end: restored, trained by running.py, finished, whatever comes between."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from ml_collections import ConfigDict

from gan_jax import configs, data, gans, views
from gan_jax.devices import host_memory, memory, mesh, processes, profiling
from gan_jax.gans import augmentations
from gan_jax.runs import logs
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run, facts
from gan_jax.runs.lock import Lock
from gan_jax.runs.silent import Silent
from gan_jax.runs.waiting import above, waiting
from gan_jax.training import finish, interrupt, population, running, scoring, setup
from gan_jax.training.parts import Parts, first_state
from gan_jax.training.rows import due
from gan_jax.training.scoring import Scoring
from gan_jax.training.state import TrainState


def train(
  config: ConfigDict,
  run: Run,
  notice: Callable = print,
  profile: int = 0,
  enough: Callable[[], bool] = lambda: False,
  figures: bool = True,
) -> tuple[TrainState, bool]:
  """Trains the run, from its last checkpoint if it has one, to `config.train.num_steps`.

  `profile` steps, once all is compiled, are traced into the run's folder. It ends before if, after scores
  while training, it is `enough`. In the end there are no figures if none are asked for.
  Returns (state, whether it finished): a signal saves and stops. Raises UserError for what a user can mend.
  """
  configs.check(config)
  scoring.check(config)
  population.check(config)
  if config.train.init_from and not run.begun():
    Run(Path(config.train.init_from)).stored()  # a wrong one is told before anything is made
  end = lambda line, code: above(lambda line: interrupt.end(line, code))(line)
  with processes.joined(config.parallel, run.folder, end, interrupt.status):
    return _joined(config, run, notice, profile, enough, figures)


def _joined(config, run, notice, profile, enough, figures):
  host_memory.prepare(config)
  layout = mesh.layout(config.train.batch_size, config.train.accumulate)
  say = waiting if layout.first else contextlib.nullcontext
  notice = above(notice)
  with say('reading the data'):
    dataset = data.make(config)
  experiment = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  with contextlib.ExitStack() as stack:
    if line := processes.line():
      stack.enter_context(interrupt.at_end(line.leave))
    if layout.first:
      lock = stack.enter_context(Lock(run.folder))
      stack.enter_context(interrupt.at_end(lambda _: lock.release()))
      run.open(config, experiment.spec, notice)
      if line := augmentations.told(config, experiment.spec):
        notice(line)
    mesh.meet()  # the run is open
    return _train(Parts(experiment, run, layout, dataset, notice, say), profile, enough, figures)


def _train(parts: Parts, profile: int, enough: Callable, figures: bool) -> tuple[TrainState, bool]:
  experiment, run, layout, dataset, notice, say = parts
  config, remedy = experiment.config, memory.exhausted(experiment.smaller(1.5))
  kept = config.checkpoint.keep, config.checkpoint.keep_every, facts(config, experiment.spec)
  saved = Checkpoints(run.checkpoints, *kept, layout.first, notice)
  with saved, interrupt.at_end(lambda _: saved.settle()), remedy:
    if layout.first:
      saved.tidy()
    state = first_state(parts, saved, notice)
    start, last, scorer, stopped = int(state.step), config.train.num_steps, None, ''
    since = scored(run, layout, start) if config.evaluate.every else start
    made_up = False
    if start < last:
      ready, state = running.prepare(parts, state)
      profiler = profiling.Profiler(run.folder / 'profile', profile, notice)
      scores = Scoring(experiment, run, layout, dataset, since, notice, say)
      out = logs.Writers(run, config, start) if layout.first else Silent()
      with scores, out, interrupt.Interrupt() as stop, profiler:
        mesh.meet()  # all is compiled
        state = running.recovering(parts, ready, state, saved, out, stop, profiler, scores, enough)
        saved.finish(state)
        stop.hear(mesh.most(stop.status))  # all is saved
        stop.saved()
        stopped = f' {stop.seconds:.1f} s after the signal' if stop.seconds is not None else ''
      if stop and not stopped:
        raise KeyboardInterrupt  # it came when all was saved
      scorer = scores.scorer
    elif start == last and _undone(parts, since):
      scorer, made_up = _made_up(parts, layout.replicate(state), since)
  state = mesh.local(state)
  finished = int(state.step) >= last and not stopped
  if not finished:
    notice(f'stopped at step {int(state.step)}, saved{stopped}; the same command continues from there')
  elif start < last or made_up or finish.owed(run, state):
    if layout.first:
      finish.finish(experiment, run, state, dataset, notice, scorer, figures)
  elif finish.unscored(experiment, run, state):
    if layout.first:
      finish.score(experiment, run, state, dataset, notice)
  else:
    notice(f'{run.folder} has its {last} steps already; set train.num_steps to continue')
  if finished and layout.first and (best := scoring.best_line(run, int(state.step))):
    notice(best)
  return state, finished


def _undone(parts: Parts, since: int) -> bool:
  """Whether the last step, which is saved, lacks its picture or, with none after step `since`, its scores."""
  config, layout = parts.experiment.config, parts.layout
  last = config.train.num_steps
  lacks = layout.first and not logs.picture(parts.run, last).exists()
  return mesh.agree(lacks) or due(config.evaluate.every, since, last)


def _made_up(parts: Parts, state: TrainState, since: int) -> tuple[Callable | None, bool]:
  """(the scorer, if there is one, whether there are scores) after the last step has what it lacked."""
  experiment, run, layout, dataset, notice, say = parts
  view, last = views.of(experiment.gan), int(state.step)
  scores = Scoring(experiment, run, layout, dataset, since, notice, say)
  out = logs.Writers(run, experiment.config, last) if layout.first else Silent()
  with scores, out, interrupt.Interrupt() as stop:
    snapshot = view.snapshot(experiment, dataset)
    running.make_up(experiment.config, view, snapshot, last - 1, state, out, scores, stop)
    stop.hear(mesh.most(stop.status))
  if stop:
    raise KeyboardInterrupt
  return scores.scorer, layout.first and out.scored == last


def scored(run: Run, layout: mesh.Layout, start: int) -> int:
  """The last step up to `start` that has scores, or 0; after a kill those of `start` may be lacking."""
  taken = [row['step'] for row in run.scores() if row['step'] <= start] if layout.first else []
  return layout.agreed(max(taken, default=0))
