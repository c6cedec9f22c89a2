"""benchmarks.health, .watching, .saving: their runs can be made; the page has each warning, true commands."""

import json
import re
import shlex

import jax
import pytest

from benchmarks import health, report, saving, watching
from gan_jax import configs, data
from gan_jax.training import experiment
from gan_jax.training import health as warnings

PAGE = (report.ROOT / 'docs/health.md').read_text()
COMMANDS = sorted(set(re.findall(r'^    python main\.py (--config=.+)$', PAGE, re.MULTILINE)))


@pytest.mark.parametrize('name', health.RUNS)
def test_every_run_has_a_config(name):
  config, fields = health.RUNS[name]
  assert configs.get(config, {**health.QUICK, **fields}, lambda _: None).train.num_steps <= 800


def test_the_page_has_each_warning_with_its_curve():
  names = [warnings.name_of(warning) for warning in warnings.WARNINGS]
  assert [case.warning for case in health.CASES.values()] == names
  assert re.findall(r'^### (.+)$', PAGE, re.MULTILINE)[:4] == names
  for name in health.CASES:
    assert f'images/health_{name}.png' in PAGE
    assert (report.ROOT / f'docs/images/health_{name}.png').stat().st_size < 100_000


def test_the_pages_commands_parse():
  assert len(COMMANDS) > 15
  for command in COMMANDS:
    (_, name), *fields = (word.split('=', 1) for word in shlex.split(command))
    configs.get(name, {path.removeprefix('--config.'): text for path, text in fields}, lambda _: None)


def test_a_step_can_be_traced_without_what_it_tells(tiny):
  config = tiny()
  dataset = data.make(config)

  def metrics():
    made = experiment.make(config, dataset.spec())
    return set(jax.eval_shape(made.train_step(), jax.eval_shape(made.init, 0), dataset)[1])

  with watching.untold():
    silent = metrics()
  told = {name.partition('@')[0] for name in metrics() - silent}
  norms = {f'{side}/{name}' for side in 'gd' for name in ('grad_norm', 'update_ratio')}
  assert told == {'d/accuracy', 'g/diversity', 'logit_gap', *norms}


@pytest.mark.long
def test_what_a_save_costs_is_told(tmp_path, capsys):
  words = ['--works=toy', '--rounds=2', '--seconds=0.1', f'--out={tmp_path / "saving.json"}']
  assert saving.main(words) == 0
  (row,) = json.loads((tmp_path / 'saving.json').read_text())['rows']
  assert row['bytes'] > 1000
  assert row['of_a_minute'] == row['held'] / 60
  assert f'{row["of_a_minute"]:.2%}' in capsys.readouterr().out
