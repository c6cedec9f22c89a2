"""What a sweep tells: means, intervals, paired tests by closed forms; a page that needs no other file."""

import csv
import html
import html.parser
import json
import math
import re
import shutil
import subprocess

import numpy as np
import pytest
from conftest import ROOT
from scipy import stats

from gan_jax import configs
from gan_jax.runs import files
from gan_jax.training.sweep import curves, figures, folder, plan, results, tell, whole
from gan_jax.training.sweep.question import Sweep

BROWSER = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
# What is to be seen once all is loaded, as the page's title; it may not be wider than the window.
SEES = """
const texts = (root, what) => [...root.querySelectorAll(what)].map(one => one.innerText);
addEventListener('load', () => { document.title = JSON.stringify({
  heading: document.querySelector('h1').innerText,
  pictures: [...document.images].map(one => [one.naturalWidth, one.getBoundingClientRect().height]),
  rows: [...document.querySelectorAll('tr')].map(row => texts(row, 'th, td')),
  failed: texts(document, 'li'),
  beyond: document.documentElement.scrollWidth - innerWidth,
}) });
"""
VALUES = {0.1: (3.0, 5.0, 4.0), 1.0: (1.0, 2.5, 2.5), 10.0: (2.0, 3.0, 2.5)}


@pytest.fixture
def asked(tmp_path):
  """A sweep of three values and three seeds whose trials have VALUES, but one that failed."""
  sweep = Sweep()
  sweep.grid({'penalty.r1': list(VALUES), 'loss': ['hinge']})
  sweep.seeds(3)
  sweep.score('energy_distance')
  planner = plan.Planner(f'{ROOT}/configs/toy_ring.py:test', [('evaluate.num_images', '50')])
  trials = plan.make(planner, sweep)
  found = folder.Folder(tmp_path, sweep.score_name)
  for trial in trials:
    write(found, trial, VALUES[trial.setting['penalty.r1']][trial.seed])
  found.fail(trials[-1], 'it | <diverged>')
  return whole.Asked(sweep, planner, found, trials)


def write(found, trial, value):
  """A run that has this score."""
  run = found.run(trial)
  record = {'energy_distance': value, 'kept': 0.5, 'measured': {'step': trial.steps}, 'intervals_95': {}}
  files.write_whole(run.evaluation, json.dumps(record))
  files.write_whole(run.metrics, ''.join(json.dumps(row) + '\n' for row in rows(value)))
  files.save_png(run.samples / 'step_000004.png', np.zeros((8, 8, 3), np.uint8))


def rows(value):
  return [{'step': step, 'd/loss': value / step, 'g/loss': value} for step in (1, 2, 4)]


def test_settings_are_ranked_with_students_interval(asked):
  found = results.settings(results.read(asked.trials, asked.folder), min)
  assert [one.fields['penalty.r1'] for one in found] == [1.0, 0.1, 10.0]  # of which one has a seed less
  assert found[0].mean == 2.0
  half = stats.t.ppf(0.975, 2) * np.std(VALUES[1.0], ddof=1) / math.sqrt(3)
  assert found[0].interval == pytest.approx(half)
  assert (found[2].failed, found[2].missing, found[2].values) == (1, 1, {0: 2.0, 1: 3.0})
  upside_down = results.settings(results.read(asked.trials, asked.folder), max)
  assert [one.fields['penalty.r1'] for one in upside_down] == [0.1, 1.0, 10.0]


def test_tests_are_scipys_paired_ones_corrected_by_holm(asked):
  best, *others = results.settings(results.read(asked.trials, asked.folder), min)
  raw = [
    stats.ttest_rel(VALUES[0.1], VALUES[1.0]).pvalue,
    stats.ttest_rel(VALUES[10.0][:2], VALUES[1.0][:2]).pvalue,
  ]
  assert best.p is None
  assert [one.p for one in others] == pytest.approx(results.holm(raw))


def test_holm_by_hand():
  assert results.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
  assert results.holm([0.9, 0.5]) == [1.0, 1.0]
  assert results.holm([]) == []


def test_no_difference_and_one_seed():
  assert results.paired({0: 1.0, 1: 2.0}, {0: 1.0, 1: 2.0}) == 1.0
  assert results.paired({0: 1.0, 1: 2.0}, {0: 2.0, 1: 3.0}) is None  # of counts: as sure as that nobody is
  assert results.paired({0: 1.0}, {0: 1.0}) is None


def test_a_field_that_decides_all_has_all_the_variance():
  make = lambda a, b: results.Setting({'a': a, 'b': b}, f'{a}{b}', {0: float(a)}, 0, float(a), None)
  weights = results.importance([make(a, b) for a in (1, 2, 3) for b in ('x', 'y')])
  assert weights == {'a': pytest.approx(1.0), 'b': pytest.approx(0.0)}
  assert list(weights) == ['a', 'b']


def test_a_field_of_many_values_that_decides_nothing_has_no_variance():
  make = lambda a, score: results.Setting({'a': a}, '', {}, 0, score, None)
  pairs = [make(a, score) for score in (1.0, 2.0) for a in range(8)]
  assert results.importance(pairs) == {'a': pytest.approx(0.0)}


def test_a_field_that_decides_nothing_seems_to_decide_no_more_the_fewer_there_are():
  rng, shares = np.random.default_rng(0), []
  for _ in range(300):
    drawn = [{'a': a, 'b': b} for a, b in rng.random((12, 2))]
    some = [
      results.Setting(one, '', {0: value}, 0, value, None)
      for one, value in zip(drawn, rng.random(12), strict=True)
    ]
    shares.append(results.importance(some)['a'])
  assert np.mean(shares) < 0.25  # 5/11 with what chance has
  few = [
    results.Setting({'a': text}, text, {0: value}, 0, value, None)
    for text, value in zip('xyz', (1.0, 2.0, 4.0), strict=True)
  ]
  assert results.importance(few) == {'a': 0.0}  # each once: nothing can be told
  seeds = [one._replace(values={0: one.mean - 0.1, 1: one.mean + 0.1}) for one in few]
  assert 0.95 < results.importance(seeds)['a'] < 1


def test_curves_are_of_trials_that_are_done(asked, monkeypatch):
  drawn = []
  monkeypatch.setattr(curves, 'panel', lambda axis, bands: drawn.append(bands))
  files.write_whole(asked.folder.run(asked.trials[-1]).metrics, json.dumps({'step': 1, 'd/loss': 9.0}) + '\n')
  found = results.read(asked.trials, asked.folder)
  with pytest.warns(UserWarning, match='No artists'):
    curves.draw(asked.folder, found, results.settings(found, min))
  bands = drawn[0]
  assert [list(one.steps) for one in bands.values()] == [[1, 2, 4]] * 3
  assert bands[asked.trials[-1].label].mean[0] == pytest.approx(2.5)  # without the 9 of what failed


def test_of_fields_that_go_together_one_stands_for_all():
  make = lambda a, b, c: results.Setting({'a': a, 'both': -a, 'b': b, 'c': c}, '', {}, 0, float(a), None)
  crossed = [make(a, b, a * b) for a in (1, 2, 3) for b in (5, 7)]
  assert results.importance(crossed).keys() == {'a', 'b', 'c'}
  assert results.importance(crossed[::2]).keys() == {'a', 'both', 'b', 'c'}


def test_bands_are_over_the_steps_that_all_have():
  steps, mean, half = curves.band([{1: 1.0, 2: 2.0, 3: 9.0}, {1: 3.0, 2: 2.0}])
  assert steps.tolist() == [1, 2]
  assert mean.tolist() == [2.0, 2.0]
  assert half == pytest.approx([stats.t.ppf(0.975, 1), 0.0])


class Page(html.parser.HTMLParser):
  """What a page has: the texts of its cells, its pictures, its open tags."""

  def __init__(self):
    super().__init__()
    self.cells, self.sources, self.open = [], [], []

  def handle_starttag(self, tag, attributes):
    if tag == 'img':
      self.sources.append(dict(attributes)['src'])
    elif tag not in ('meta', 'wbr'):
      self.open.append(tag)

  def handle_endtag(self, tag):
    assert self.open.pop() == tag

  def handle_data(self, data):
    if self.open and self.open[-1] in ('td', 'li', 'h1'):
      self.cells.append(data)


def test_all_is_written_and_the_page_needs_no_other_file(asked):
  told = []
  whole.summarise(asked, told.append)
  assert told[0].startswith('9 trials of 3 settings: 8 done, 1 failed, 0 missing. By energy distance; lower')
  assert any(line.startswith('best: penalty.r1=1,loss=hinge, energy distance 2 +- ') for line in told)
  page = Page()
  page.feed((asked.folder.path / 'index.html').read_text())
  assert page.open == []
  assert len(page.sources) == 5
  assert all(source.startswith('data:image/png;base64,') for source in page.sources)
  assert '2.5 +- 6.4' in page.cells
  assert any('it | <diverged>' in cell for cell in page.cells)
  rows = list(csv.DictReader((asked.folder.path / 'results.csv').read_text().splitlines()))
  assert len(rows) == 9
  assert [float(row['energy_distance']) for row in rows[:3]] == list(VALUES[0.1])
  assert rows[-1]['error'] == 'it | <diverged>'
  text = (asked.folder.path / 'results.md').read_text()
  assert '| 1 | hinge | 2 +- 2.2 | 3 |  |  |' in text
  assert sorted(file.stem for file in (asked.folder.path / 'figures').iterdir()) == sorted(figures_of())


def test_a_field_that_no_setting_has_which_is_drawn_has_no_panel(monkeypatch):
  monkeypatch.setattr(figures, 'DRAWN', 1)
  make = lambda fields, mean: results.Setting(fields, '', {0: mean}, 0, mean, None)
  found = [make({'a': 1.0}, 1.0), make({'a': 2.0, 'b': 3.0}, 2.0)]
  one = figures.fields(found, {'b': 0.5, 'a': 0.1}, 'fid')
  np.testing.assert_array_equal(one, figures.fields(found, {'a': 0.1}, 'fid'))
  assert figures.fields(found, {'b': 0.5}, 'fid') is None


@pytest.mark.long
@pytest.mark.skipif(not BROWSER, reason='no Chromium is installed')
def test_a_browser_that_has_nothing_but_the_file_shows_all_of_it(asked, tmp_path):
  whole.summarise(asked, lambda _: None)
  page = tmp_path / 'alone' / 'index.html'
  page.parent.mkdir()
  text = (asked.folder.path / 'index.html').read_text()
  page.write_text(text.replace('</body>', f'<script>{SEES}</script></body>'))
  words = ['--headless', '--no-sandbox', '--disable-gpu', f'--user-data-dir={tmp_path / "browser"}']
  words += ['--virtual-time-budget=10000', '--dump-dom', page.as_uri()]
  shown = subprocess.run([BROWSER, *words], capture_output=True, text=True, check=True, timeout=300).stdout
  found = re.search('<title>(.*?)</title>', shown, re.DOTALL)
  seen = json.loads(html.unescape(found[1]))
  assert seen['heading'] == 'Sweep of toy_ring'
  assert len(seen['pictures']) == 5
  assert all(wide >= 200 and high > 0 for wide, high in seen['pictures'])
  assert seen['rows'][0] == ['penalty.r1', 'loss', 'energy_distance', 'seeds', 'failed', 'p']
  assert [row[0] for row in seen['rows'][1:]] == ['1', '0.1', '10']
  assert seen['failed'] == ['penalty.r1=10,loss=hinge,seed=2: it | <diverged>']
  assert seen['beyond'] <= 0


def figures_of():
  return ('curves', 'fields', 'importance', 'parallel', 'samples')


def test_the_best_is_a_config_that_runs(asked):
  whole.summarise(asked, lambda _: None)
  best = configs.get(asked.folder.path / 'best.py', notice=lambda _: None)
  assert best == asked.trials[3].config()
  words = {'penalty.r1': 3}
  assert configs.get(asked.folder.path / 'best.py', words, notice=lambda _: None).penalty.r1 == 3.0


def test_a_trial_that_ended_early_is_told_and_not_ranked(asked):
  trial = asked.trials[3]
  early = folder.Folder(asked.folder.path, asked.folder.score, rule='asha')
  early.stop(trial, '9 is not among the best third of 4 at step 2')
  state = early.state(trial)
  assert (state.kind, state.over) == ('stopped', True)
  assert asked.folder.state(trial).kind == 'done'  # no rule ends it any more
  found = results.settings(results.read(asked.trials, early), min)
  told = tell.facts(early, results.read(asked.trials, early), found, True)
  assert '7 done, 1 failed, 1 stopped early, 0 missing' in told[0]
  assert found[0].label == 'penalty.r1=0.1,loss=hinge'  # which has all seeds
  assert any('come after those that have all' in line for line in told)
  assert next(one for one in found if one.fields['penalty.r1'] == 1.0).values == {1: 2.5, 2: 2.5}


def test_nothing_done_yet_is_told(tmp_path, asked):
  empty = whole.Asked(
    asked.sweep, asked.planner, folder.Folder(tmp_path / 'new', 'energy_distance'), asked.trials
  )
  told = []
  whole.summarise(empty, told.append)
  assert '0 done, 0 failed, 9 missing' in told[0]
  assert not (tmp_path / 'new' / 'best.py').exists()


def test_a_single_seed_says_that_it_tells_little(asked):
  found = results.settings(
    [one for one in results.read(asked.trials, asked.folder) if one.trial.seed == 0], min
  )
  told = tell.facts(asked.folder, results.read(asked.trials[::3], asked.folder), found, True)
  assert told[1].startswith('One seed a setting tells nothing')
