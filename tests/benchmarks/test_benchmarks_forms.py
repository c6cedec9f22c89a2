"""benchmarks.forms: its forms do the same, and the table has each of them."""

import json

import jax
import numpy as np

from benchmarks import forms


def test_forms_differ_in_time_alone(tmp_path, monkeypatch, capsys):
  monkeypatch.setattr(forms, 'SHAPES', [(6, 3, 8, 4, 2)])
  file = tmp_path / 'forms.json'
  assert forms.main(['--rounds=1', '--batch=2', f'--out={file}']) == 0
  rows = json.loads(file.read_text())['rows']
  assert [(row['operation'], row['form']) for row in rows] == [
    (name, form) for name, known in forms.FORMS.items() for form in known
  ]
  assert {row['operations'] for row in rows} == {2 * (2 * 3 * 3 * 8) * (4 * 4 * 3)}
  assert min(row['seconds'] for row in rows) > 0
  assert 'patches' in capsys.readouterr().out


def test_both_gradients_are_of_the_same_kernel():
  """By patches its taps lie in blocks of the stride."""
  images, maps = (
    jax.random.normal(jax.random.key(k), shape) for k, shape in enumerate([(2, 6, 6, 3), (2, 3, 3, 8)])
  )
  by_phases = forms.gradient_by_phases(images, maps, 4, 2)
  blocks = by_phases.reshape(2, 2, 2, 2, 3, 8).transpose(0, 2, 1, 3, 4, 5).reshape(-1, 8)
  np.testing.assert_allclose(forms.gradient_by_patches(images, maps, 4, 2), blocks, rtol=1e-4, atol=1e-4)
