"""The trials of a sweep: what each changes, its name, its config. Checked before anything starts."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from typing import Any

from ml_collections import ConfigDict

from gan_jax import configs, errors
from gan_jax.configs import overrides, sections
from gan_jax.configs.fields import Field
from gan_jax.configs.overrides import Override, text
from gan_jax.runs import differences
from gan_jax.runs import folder as runs
from gan_jax.training import finish, varying
from gan_jax.training.sweep import written
from gan_jax.training.sweep.question import Sweep
from gan_jax.training.sweep.settings import Setting

SCORES = 'evaluate.'  # with which fields of scores begin
FEW = 200  # configs that are made whole to be checked; of others each field alone is


@dataclasses.dataclass(frozen=True)
class Base:
  """The config on which trials are changes, with the modules that some of them name."""

  path: str
  words: tuple[Override, ...]
  config: ConfigDict
  declared: Mapping[str, Field]
  plain: Mapping[str, Any]  # {'section.field': value as JSON has it}

  def varies(self, field: str) -> bool:
    """Whether copies of a population may differ in a field, by its type."""
    return varying.may(field, self.declared[field])


@dataclasses.dataclass(frozen=True)
class Trial:
  """One run of a sweep."""

  base: Base
  setting: Setting  # typed
  seed: int

  @property
  def name(self) -> str:
    """Of its folder: 'penalty.r1=0.1,seed=2'."""
    return f'{self.label},seed={self.seed}' if self.setting else f'seed={self.seed}'

  @functools.cached_property
  def label(self) -> str:
    """Of its setting; 'all' where seeds alone differ."""
    return runs.named(f'{field}={shown(value)}' for field, value in self.setting.items()) or 'all'

  @property
  def kind(self) -> str:
    """What trials have in common that may be copies of one population."""
    rule = lambda field, value: not self.base.varies(field) or varying.is_rule(field, value)
    return repr({field: value for field, value in self.setting.items() if rule(field, value)})

  def value(self, field: str) -> Any:
    """Of a field of the whole config."""
    return self.setting[field] if field in self.setting else self.base.plain[field]

  @property
  def words(self) -> list[Override]:
    """Its changes as the command line has them."""
    return [*((field, text(value)) for field, value in self.setting.items()), ('seed', str(self.seed))]

  def config(self) -> ConfigDict:
    """The whole config. Raises UserError."""
    return configs.load(self.base.path, [*self.base.words, *self.words], notice=lambda _: None)

  @property
  def plain(self) -> dict[str, Any]:
    """The whole config as a run's folder keeps it, {'section.field': value}, made fast."""
    changes = {field: _listed(value) for field, value in self.setting.items()}
    return {**self.base.plain, **changes, 'seed': self.seed}

  @property
  def steps(self) -> int:
    """At which it ends."""
    return self.value('train.num_steps')

  @property
  def scoring(self) -> dict[str, Any]:
    """How it is to be scored, as evaluation.json has it: {name: value} of what scores depend on."""
    names = (field.removeprefix(SCORES) for field in self.base.plain if field.startswith(SCORES))
    return {name: _listed(self.value(SCORES + name)) for name in names if name not in finish.FREE}


class Planner:
  """Makes the Trials of a config, by its path and overrides. Raises UserError for a population."""

  def __init__(self, path: str, words: Iterable[Override] = ()):
    self.path, self.words = path, tuple(words)
    self._bases, self._values = {}, {}
    population = self.base({}).config.population
    if population.seeds != 1 or population.over:
      raise errors.UserError('a sweep makes populations itself: leave config.population as it is')
    self.seed = self.base({}).config.seed

  def base(self, setting: Setting) -> Base:
    """The Base of a setting: one for each choice of modules."""
    modules = tuple((field, str(value)) for field, value in setting.items() if sections.names_module(field))
    if modules not in self._bases:
      words = (*self.words, *modules)
      config = configs.load(self.path, words, notice=lambda _: None)
      plain = differences.flat(runs.plain(config))
      self._bases[modules] = Base(self.path, self.words, config, sections.declared(config), plain)
    return self._bases[modules]

  def seeded(self, setting: Setting, seeds: int) -> list[Trial]:
    """The Trials with these values, of the config's seed and those after it. Raises UserError."""
    first = self._trial(setting, self.seed)
    configs.check_parts(first.value('train.batch_size'), first.value('train.accumulate'))
    return [first, *(dataclasses.replace(first, seed=self.seed + k) for k in range(1, seeds))]

  def again(self, words: Iterable[Override]) -> Trial:
    """The Trial of its `words`."""
    setting = dict(words)
    return self._trial(setting, int(setting.pop('seed')))

  def trials(self, settings: Iterable[Setting], seeds: int) -> list[Trial]:
    """Those of all settings, the seeds of one side by side. Raises UserError for one that is there twice."""
    found, names, kinds = [], set(), {}
    for setting in settings:
      some = self.seeded(setting, seeds)
      if some[0].label in names:
        raise errors.UserError(f'{some[0].label} is there twice: sweep.seeds gives more trials of a setting')
      names.add(some[0].label)
      found += some
      kinds.setdefault(some[0].kind, some[0])
    for trial in list(kinds.values())[:FEW]:
      trial.config()
    return found

  def _trial(self, setting, seed):
    base = self.base(setting)
    return Trial(base, {field: self._typed(base, field, value) for field, value in setting.items()}, seed)

  def _typed(self, base, field, value):
    key = id(base), field, text(value)
    if key not in self._values:
      self._values[key] = overrides.read(field, text(value), base.declared)
    return self._values[key]


def make(planner: Planner, sweep: Sweep) -> list[Trial]:
  """The Trials of a sweep. Raises UserError for fields and values that no config has, and for its score."""
  for field, value in planner.words:
    if field in sweep.fields:
      raise errors.UserError(f'--config.{field}={value}: the sweep gives {field} its values')
  config = planner.base({}).config
  written.check(config, sweep.score_name)
  if sweep.rule and sweep.score_name.endswith('_rejection'):
    raise errors.UserError(f'sweep.stop({sweep.rule!r}): no trial has {sweep.score_name} while it trains')
  if sweep.rule and not config.evaluate.every:
    raise errors.UserError(
      f'sweep.stop({sweep.rule!r}) needs scores while trials train: --config.evaluate.every=1000, say'
    )
  if sweep.sampler == 'random':
    trials = planner.trials(sweep.settings(), sweep.count)
  else:
    trials = planner.trials(ends(sweep), 1)  # what is asked for later lies between
  if not trials:
    raise errors.UserError('the sweep has no trials')
  return trials


def ends(sweep: Sweep) -> Iterable[Setting]:
  """Each cell with the lowest and with the highest of what is searched."""
  for cell in sweep.cells():
    for share in (0.0, 1.0):
      yield {**cell, **{field: some.at(share) for field, some in sweep.ranges.items()}}


def shown(value: Any) -> str:
  """A value in the name of a folder: floats short, 0.001."""
  return f'{value:.10g}' if isinstance(value, float) else text(value)


def _listed(value):
  return list(value) if isinstance(value, tuple) else value
