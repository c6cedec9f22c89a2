"""The games from image to image on drawn faces, whose truth is known: what each reaches, beside baselines.

python -m benchmarks.translation [--games=pix2pix,cyclegan] [--workdir=DIR] [--steps=N]

Each game is its config for a CPU, configs/NAME.py:cpu, and has the time of its row. Scores are of faces that
it has not seen. The runs stay in --workdir, and are gone on with there.
"""

from benchmarks import games, translation_scores
from benchmarks.games import Row, difference, ratio, value
from gan_jax import command_line

best = lambda scores: scores['l1'] / min(scores['l1_identity'], scores['l1_mean'])

GAMES = {
  'pix2pix': Row(
    20,
    translation_scores.paired,
    (
      ('SSIM', value('ssim'), 'at least', 0.85),
      ("L1 / the best baseline's", best, 'at most', 1 / 3),
    ),
  ),
  'cyclegan': Row(
    30,
    translation_scores.paired,
    (
      ("L1 / identity's", ratio('l1', 'l1_identity'), 'at most', 0.5),
      ('cycle L1, A', value('l1_cycle_a'), 'at most', 0.08),
      ('cycle L1, B', value('l1_cycle_b'), 'at most', 0.08),
    ),
  ),
  'stargan': Row(
    30,
    translation_scores.attributes,
    (
      ('the judge on real faces', value('judge_accuracy'), 'at least', 0.99),
      ('wanted attributes read', value('wanted_read'), 'at least', 0.9),
      ('others unchanged', value('others_unchanged'), 'at least', 0.9),
    ),
  ),
  'inpainting': Row(
    15,
    translation_scores.paired,
    (
      ('PSNR in the hole - of the mean', difference('psnr_hole', 'psnr_hole_mean'), 'at least', 4),
      ('known pixels that differ', value('known_pixels_changed'), 'at most', 0),
    ),
  ),
  'super_resolution': Row(
    15,
    translation_scores.paired,
    (('PSNR - bicubic', difference('psnr', 'psnr_bicubic'), 'at least', 1.5),),
  ),
  'style_transfer': Row(
    15,
    games.nothing,
    (
      (
        "distance to the style / contents'",
        ratio('style_distance', 'style_distance_content'),
        'at most',
        0.5,
      ),
      ('edge correlation', value('edge_correlation'), 'at least', 0.5),
    ),
  ),
}


def main(words):
  """Returns the exit status."""
  return games.main(words, 'translation', __doc__, GAMES)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
