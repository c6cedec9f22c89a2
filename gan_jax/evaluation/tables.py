"""The scores of copies as text: a line where they differ by seed alone, else a table with a row a setting."""

import math
from collections.abc import Mapping, Sequence

from gan_jax.evaluation.scores import Scores

Group = Mapping[str, Mapping | int]  # what evaluate.summary gives
Groups = Mapping[str, Group]  # by setting
# The scores that are told, and which of them are better, low or high ones; evaluation.json has all.
BETTER = {
  **dict.fromkeys(('modes_covered', 'high_quality'), max),
  **dict.fromkeys(('energy_distance', 'jensen_shannon', 'reverse_kl', 'fid', 'kid', 'mind', 'swd'), min),
  **dict.fromkeys(('precision', 'recall', 'density', 'coverage', 'accuracy_score'), max),
  **dict.fromkeys(('few_accuracy', 'augmented_accuracy'), max),
  **dict.fromkeys(('inception_score', 'classes_covered', 'psnr', 'psnr_hole', 'ssim'), max),
  **dict.fromkeys(('l1', 'l1_cycle', 'l1_cycle_a', 'l1_cycle_b', 'style_distance'), min),
  **dict.fromkeys(('class_accuracy', 'attribute_accuracy', 'value_correlation', 'edge_correlation'), max),
  'class_fid': min,
  **dict.fromkeys(('named_right', 'box_iou', 'right_caption_first', 'retrieval'), max),
  **dict.fromkeys(('error_of_guess', *(f'error_{count}_known' for count in (0, 1, 2, 4))), min),
}
REAL = ('floor', 'real', 'ceiling')  # fid_floor, ...: what real data get


def text(groups: Groups) -> str:
  """The scores of groups of copies; where none of them is in BETTER, all that there are."""
  names = shown(next((group['mean'] for group in groups.values() if group['mean']), {}))
  return table(groups, names) if len(groups) > 1 else line(groups, names)


def shown(scores: Mapping[str, float]) -> list[str]:
  """The names of the scores that are told: those in BETTER; where there is none, all."""
  return [name for name in BETTER if name in scores] or list(scores)


def real(scores: Mapping[str, float], name: str) -> float | None:
  """What real data get in a score; None where that is not measured."""
  return next((scores[f'{name}_{kind}'] for kind in REAL if f'{name}_{kind}' in scores), None)


def of_scores(scores: Scores) -> str:
  """A row a score: its value, its 95 % interval, what real data get."""
  rows = [['', 'value', '95 % interval', 'real data']]
  for name, value in scores.numbers.items():
    if not name.endswith(tuple(f'_{kind}' for kind in REAL)):
      low, high = scores.intervals.get(name, (None, None))
      beside = real(scores.numbers, name)
      between = '' if low is None else f'{low:.4g} to {high:.4g}'
      rows.append([_words(name), f'{value:.4g}', between, '' if beside is None else f'{beside:.4g}'])
  return '\n'.join(_aligned(rows))


def line(groups: Groups, shown: Sequence[str]) -> str:
  """'mean of 10 seeds +- its 95 % interval: modes covered 8 +- 0, ...' of one group."""
  (group,) = groups.values()
  parts = []
  for name in shown:
    real = _real(groups, name)
    parts.append(f'{_words(name)} {_cell(group, name, "interval_95")}' + (f' (real: {real})' if real else ''))
  return f'mean of {_seeds(group)} +- its 95 % interval: {", ".join(parts)}'


def table(groups: Groups, shown: Sequence[str]) -> str:
  """A row a setting: means +- standard deviations over the seeds; the best mean of a score has a star."""
  rows = [['', *map(_words, shown)]]
  for setting, group in groups.items():
    head = f'{setting} ({_seeds(group)})' if group['failed'] else setting
    cells = [_cell(group, name, 'spread') for name in shown]
    stars = ['*' if _is_best(group, groups, name) else '' for name in shown]
    rows.append([head, *(star + cell for star, cell in zip(stars, cells, strict=True))])
  if any(_real(groups, name) for name in shown):
    rows.append(['real data', *(_real(groups, name) for name in shown)])
  most = max(group['seeds'] for group in groups.values())
  kind = f'mean +- standard deviation of {most} seeds; * best' if most > 1 else '* best'
  return '\n'.join([f'scores by setting ({kind})', *_aligned(rows)])


def _aligned(rows):
  """Lines of cells: the first column flush left, the others right."""
  widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
  line = f'{{:{widths[0]}}}' + ''.join(f'   {{:>{width}}}' for width in widths[1:])
  return [line.format(*row).rstrip() for row in rows]


def _is_best(group, groups, name):
  means = [some['mean'].get(name, math.nan) for some in groups.values()]
  finite = [mean for mean in means if math.isfinite(mean)]
  return name in BETTER and bool(finite) and group['mean'].get(name) == BETTER[name](finite)


def _cell(group, name, around):
  """'0.35 +- 0.14': a mean to the place of the second digit of what is `around` it."""
  mean, width = group['mean'].get(name, math.nan), group[around].get(name)
  if not math.isfinite(mean):
    return '-'
  if width is None:
    return f'{mean:.4g}'
  if width < 1e-3 * abs(mean):
    return f'{mean:.4g} +- {width:.1g}'
  places = max(0, 1 - math.floor(math.log10(width))) if width else 0
  return f'{mean:.{places}f} +- {width:.{places}f}'


def _real(groups, name):
  """What real data get in a score, as text; '' where that is not measured."""
  found = [real(group['mean'], name) for group in groups.values()]
  return next((f'{value:.4g}' for value in found if value is not None), '')


def _seeds(group):
  lost = f' of {group["seeds"] + group["failed"]}' if group['failed'] else ''
  return f'{group["seeds"]}{lost} seeds'


def _words(name):
  return name.replace('_', ' ')
