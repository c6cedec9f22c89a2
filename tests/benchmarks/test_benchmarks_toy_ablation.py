"""benchmarks.toy_ablation: a cell is a population with these networks; its table and picture."""

import json
import types

import pytest

from benchmarks import toy_ablation


@pytest.mark.long
def test_a_cell_is_trained_and_told_of(tmp_path, capsys):
  cells = {name: values[:1] for name, values in toy_ablation.FACTORS.items()}
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(toy_ablation, 'FACTORS', cells)
    words = ['--config=configs/toy_ring.py', '--seeds=2', '--steps=2', f'--out={tmp_path / "a.json"}']
    assert toy_ablation.main(words) == 0
  [row] = json.loads((tmp_path / 'a.json').read_text())['rows']
  assert {name: row[name] for name in cells} == {name: values[0] for name, values in cells.items()}
  assert len(row['quality']) + 2 * row['lost'] == 2
  assert row['seconds_per_step'] > 0
  assert (tmp_path / 'a.png').stat().st_size > 1_000
  assert '2     32' in capsys.readouterr().out


def test_copies_that_failed_are_counted_and_left_out(monkeypatch):
  copies = [
    {'modes_covered': 8.0, 'high_quality': 0.5, 'energy_distance': number} for number in (0.1, float('nan'))
  ]
  configured = []
  monkeypatch.setattr(toy_ablation.configs, 'load', lambda file, fields: configured.append(dict(fields)))
  monkeypatch.setattr(toy_ablation.learn, 'learn', lambda config, run, notice: 1.0)
  monkeypatch.setattr(toy_ablation.evaluate, 'read', lambda folder: copies)
  monkeypatch.setattr(toy_ablation.report, 'intervals', lambda config, rows: [(1, 9.0), (10, 2.0), (10, 4.0)])
  flags = types.SimpleNamespace(config='configs/toy_ring.py', seeds=2, steps=21)
  cell = {'activation': 'tanh', 'depth': 3, 'width': 32, 'batch_norm': True}
  row = toy_ablation.measure(cell, flags)
  assert (row['lost'], row['modes'], row['quality']) == (0.5, [8.0], [0.5])
  assert row['seconds_per_step'] == pytest.approx(0.15)
  assert configured[0]['discriminator.widths'] == '(32, 32, 32)'
  assert configured[0]['generator.batch_norm'] == 'True'
