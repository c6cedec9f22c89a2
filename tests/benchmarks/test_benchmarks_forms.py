"""benchmarks.forms: its forms do the same, and what it keeps is what programs choose by."""

import json

import jax
import numpy as np
import pytest

from benchmarks import forms
from gan_jax.devices import platforms
from gan_jax.models.convolution import cpu
from gan_jax.models.convolution import forms as kept


def test_what_is_kept_is_chosen_by(tmp_path, monkeypatch, capsys):
  """The rows of this CPU are written, those of others stay; a program takes the form that they name."""
  table, report = tmp_path / 'forms.json', tmp_path / 'report.json'
  table.write_text('{"another": []}')
  monkeypatch.setattr(kept, 'FILE', table)
  monkeypatch.setattr(forms, 'SHAPES', [kept.Shape(6, 3, 8, 4, 2)])
  assert forms.main(['--rounds=1', '--batch=2', '--keep', f'--out={report}']) == 0
  rows, written = json.loads(report.read_text())['rows'], json.loads(table.read_text())
  assert [(row['operation'], tuple(row['ms'])) for row in rows] == list(forms.FORMS.items())
  assert written['another'] == []
  assert [row['form'] for row in written[platforms.processor()]] == [row['form'] for row in rows]
  assert all(0 < row['ms'][form] <= row['cpu_ms'][form] for row in rows for form in row['ms'])
  assert ('fastest' in capsys.readouterr().out) == any(row['form'] for row in rows)


@pytest.mark.parametrize('swapped', [False, True])
@pytest.mark.parametrize(
  ('kernel', 'stride', 'size'), [(4, 2, (6, 5)), (5, 2, (7, 6)), (3, 1, (4, 5)), (5, 3, (7, 8))]
)
def test_all_forms_of_a_gradient_are_of_the_same_kernel(kernel, stride, size, swapped):
  places = tuple(-(-side // stride) for side in size)
  images, maps = (
    jax.random.normal(jax.random.key(k), shape) for k, shape in enumerate([(2, *size, 3), (2, *places, 8)])
  )
  first, *others = (
    form(images, maps, kernel, stride, swapped) for form in cpu.FORMS['kernel_gradient'].values()
  )
  for other in others:
    np.testing.assert_allclose(other, first, rtol=1e-4, atol=1e-4)


def test_a_shape_is_served_by_the_nearest_that_was_measured(monkeypatch):
  rows = [
    {'operation': 'convolve', 'shape': shape, 'form': form}
    for shape, form in [((64, 3, 32, 4, 2), 'a'), ((28, 1, 64, 4, 2), 'b'), ((16, 3, 32, 4, 2), 'c')]
  ]
  monkeypatch.setattr(kept, 'table', lambda: {'avx2 intel': rows, 'avx512 intel': []})
  monkeypatch.setattr(platforms, 'processor', lambda: 'avx2 intel')
  find = lambda *shape: kept.fastest('convolve', kept.Shape(*shape))
  assert [find(64, 3, 32, 4, 2), find(48, 3, 48, 4, 2), find(20, 3, 24, 4, 2), find(32, 1, 64, 4, 2)] == [
    *'aacb'
  ]
  assert {find(64, 3, 32, 5, 2), find(64, 4, 32, 4, 2), find(64, 3, 128, 4, 2), find(256, 3, 32, 4, 2)} == {
    ''
  }
  assert kept.fastest('kernel_gradient', kept.Shape(64, 3, 32, 4, 2)) == ''
  monkeypatch.setattr(platforms, 'processor', lambda: 'avx512 intel')
  assert find(64, 3, 32, 4, 2) == ''


def test_a_cpu_takes_the_rows_of_its_kind_or_of_the_same_instructions(monkeypatch):
  rows = {'avx2 amd': [{'form': 'a'}], 'avx512 amd': [{'form': 'b'}], 'avx512 intel': [{'form': 'c'}]}
  monkeypatch.setattr(kept, 'table', lambda: rows)
  kinds = ('avx512 intel', 'avx512 amd', 'avx512 hygon', 'avx512', 'avx2 intel', '')
  assert [''.join(row['form'] for row in kept.measured(kind)) for kind in kinds] == [*'cbbba', '']


@pytest.mark.parametrize(
  ('asked', 'has', 'found'),
  [
    ('', 'avx2 avx512f', 'avx512'),
    ('', 'sse avx2', 'avx2'),
    ('', 'asimd', ''),
    ('--xla_cpu_max_isa=AVX2', 'avx2 avx512f', 'avx2'),
    ('--xla_cpu_max_isa=AVX512_VNNI', 'avx2 avx512f', 'avx512'),
    ('--xla_cpu_max_isa=SSE4_2', 'avx2 avx512f', ''),
  ],
)
def test_the_set_of_instructions_is_what_the_cpu_has_and_xla_may_use(
  asked, has, found, tmp_path, monkeypatch
):
  information = tmp_path / 'cpuinfo'
  information.write_text(f'flags\t: fpu {has}\n')
  monkeypatch.setattr(platforms, 'Path', lambda _: information)
  monkeypatch.setenv('XLA_FLAGS', asked)
  assert platforms.instruction_set.__wrapped__() == found


@pytest.mark.parametrize(
  ('vendor', 'found'),
  [('vendor_id\t: GenuineIntel\n', 'avx2 intel'), ('vendor_id\t: AuthenticAMD\n', 'avx2 amd'), ('', 'avx2')],
)
def test_the_kind_of_a_cpu_has_its_maker(vendor, found, tmp_path, monkeypatch):
  information = tmp_path / 'cpuinfo'
  information.write_text(vendor)
  monkeypatch.setattr(platforms, 'Path', lambda _: information)
  monkeypatch.setattr(platforms, 'instruction_set', lambda: 'avx2')
  assert platforms.processor.__wrapped__() == found
