"""benchmarks.failures: its runs can be made, its numbers are right, its page has true flags."""

import math
import re

import numpy as np
import pytest
from PIL import Image

from benchmarks import failure_cases, failure_pictures, failure_scores, failures, learn, report
from gan_jax import configs, errors
from gan_jax.configs import sections

PAGE = (report.ROOT / 'docs/health.md').read_text()
RUNS = {
  f'{name}: {label}': made for name, case in failure_cases.CASES.items() for label, made in case.runs.items()
}
ROWS = [
  {
    **{'step': step, 'd/loss': step / 100, 'g/loss': 1.0, 'd/real_logit': 3.0, 'd/fake_logit': -1.0},
    'examples_per_second': 640.0,
  }
  for step in (1, 50, 80, 100)
]


@pytest.mark.parametrize(('config', 'fields'), RUNS.values(), ids=RUNS)
def test_every_run_has_a_config(config, fields):
  config = configs.get(config, {**failures.QUICK, **fields}, failures.silently)
  assert config.train.num_steps <= 3_000


@pytest.mark.parametrize('case', failure_cases.CASES.values(), ids=failure_cases.CASES)
def test_a_picture_shows_a_failure_and_its_cure(case):
  assert set(case.drawn) <= set(case.runs)
  if case.drawn:
    assert {words.partition(':')[0] for words in case.drawn.values()} == {'fails', 'cured'}


def test_runs_of_one_folder_are_the_same():
  found = {}
  for made in RUNS.values():
    assert found.setdefault(failures.folder_name(*made), made) == made
  assert len(found) < len(RUNS)


def test_the_end_is_the_last_quarter_of_the_steps():
  assert failure_scores.at_the_end(ROWS) == {
    **{'d/loss': pytest.approx(0.9), 'g/loss': 1, 'd/real_logit': 3, 'd/fake_logit': -1, 'gap': 4}
  }


@pytest.mark.parametrize('d_steps', [1, 5])
def test_the_seconds_of_a_run_are_those_of_all_its_images(d_steps):
  config = configs.get('dcgan_digits', {'train.d_steps': d_steps})
  assert report.seconds(config, ROWS) == pytest.approx(100 * 64 * d_steps / 640)


def test_axes_span_what_is_finite_after_the_first_steps_of_all_runs():
  spike, wild = ({'step': 1, 'a': 1e9}, {'step': 60, 'a': math.inf})
  rows = [spike, {'step': 50, 'a': -2.0}, wild, {'step': 100, 'b': 3.0}]
  assert failure_pictures.limits([rows, [{'step': 1, 'a': 8.0}]], ('a', 'b')) == pytest.approx((-2.6, 8.6))


def test_a_picture_has_a_row_for_each_run_whatever_its_samples(tmp_path):
  points = np.random.default_rng(0).normal(size=(2, 100, 2))
  samples = np.zeros((32, 16, 16, 1), np.float32), tuple(points), None
  shown = [
    (f'{kind}: so', ROWS, some, 'scores')
    for kind, some in zip(('fails', 'cured', 'fails'), samples, strict=True)
  ]
  sizes = []
  for count in (2, 3):
    failure_pictures.draw(tmp_path / 'x.png', shown[:count])
    sizes.append(Image.open(tmp_path / 'x.png').size)
  assert sizes[0][0] == sizes[1][0]
  assert sizes[1][1] == pytest.approx(1.5 * sizes[0][1], abs=1)


def test_a_run_that_ends_early_is_measured_by_what_it_said(tmp_path, monkeypatch):
  def learn_(config, run, notice):
    run.folder.mkdir()
    run.metrics.write_text('{"step": 32, "d/loss": NaN, "examples_per_second": 64.0}\n')
    raise errors.UserError('d/loss is nan at step 32')

  monkeypatch.setattr(learn, 'learn', learn_)
  row = failures.measure(*RUNS['nan: fails'], tmp_path)
  assert (row['said'], row['scores']) == ('d/loss is nan at step 32', {'ended': 32, 'seconds': 32.0})
  text = failures.line({'failure': 'nan', 'run': 'fails', **row})
  assert text.startswith('nan: fails')
  assert text.endswith('d/loss is nan at step 32')


def test_the_few_digits_are_the_first_of_the_real_ones(tmp_path):
  failures.few_digits(tmp_path)
  files = sorted(tmp_path.glob('*.png'))
  assert len(files) == 100
  real = failures.data.load('digits', size=(16, 16)).examples(np.arange(100))['image'][99, ..., 0]
  kept = np.asarray(Image.open(files[99]).convert('L')) / 127.5 - 1
  np.testing.assert_allclose(kept, real, atol=1e-2)


def test_unknown_failures_are_named():
  with pytest.raises(errors.UserError, match="did you mean 'collapse'"):
    failures.parse(['--only=colapse'])


def test_the_page_has_every_picture_and_nothing_else():
  drawn = {f'images/fails_{name}.png' for name, case in failure_cases.CASES.items() if case.drawn}
  assert set(re.findall(r'images/fails_\w+\.png', PAGE)) == drawn
  for file in drawn:
    assert (report.ROOT / 'docs' / file).stat().st_size < 150_000


def test_the_pages_flags_are_fields():
  with_all = configs.get('dcgan_digits', {'data.name': 'folder'}), configs.get('toy_ring')
  known = {path for config in with_all for path in sections.declared(config)}
  flags = set(re.findall(r'--config\.([\w.]+)=', PAGE))
  assert flags
  assert flags <= known
