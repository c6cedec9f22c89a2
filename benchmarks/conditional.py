"""GANs that are asked for something: classes, attributes, numbers, words, places; what each reaches.

python -m benchmarks.conditional [--games=cgan_mnist,...] [--workdir=DIR] [--manual_dir=DIR]
  [--cifar10=DIR] [--steps=N]

Each game is its config for a CPU and has the time of its row, with what is trained before it. The runs stay
in --workdir, and are gone on with there. Steps beside PyTorch's are timed by python -m benchmarks.step
--against=torch.
"""

from benchmarks import conditional_pictures, games
from benchmarks import conditional_scores as scores
from benchmarks.games import Row, difference, least, value
from gan_jax import command_line

CIFAR = (
  ('FID, first minus best', difference('fid_first', 'fid_best'), 'at least', 20),
  ('class accuracy, best minus first', difference('accuracy_best', 'accuracy_first'), 'at least', 0.1),
)
GAMES = {
  'cgan_mnist': Row(
    20,
    scores.as_data,
    (
      ('the judge on real digits', value('judge_accuracy'), 'at least', 0.985),
      ('samples read as asked', value('class_accuracy'), 'at least', 0.98),
      ('real digits, learned from samples', value('accuracy_score'), 'at least', 0.95),
      ('what samples add to 100 a class', difference('augmented_accuracy', 'few_accuracy'), 'at least', 0.03),
    ),
    'cgan_mnist',
  ),
  'conditional_avatars': Row(
    30,
    games.nothing,
    (
      ('the worst attribute', least('attribute_accuracy_'), 'at least', 0.95),
      ('the worst correlation', least('value_correlation_'), 'at least', 0.9),
    ),
    'conditional_avatars:cpu',
  ),
  'gawwn_avatars': Row(
    60,
    scores.held_out_words,
    (
      ('overlap of boxes', value('box_iou'), 'at least', 0.7),
      ('named attributes, new phrasings', value('named_right_phrasings'), 'at least', 0.85),
      ('named attributes, new combinations', value('named_right_combinations'), 'at least', 0.75),
      ('right text above wrong, phrasings', value('right_caption_first_phrasings'), 'at least', 0.9),
      ('right text above wrong, combinations', value('right_caption_first_combinations'), 'at least', 0.9),
    ),
    before=(('gan.encoder', 'caption_encoder:cpu'),),
  ),
  'acgan_cifar10': Row(60, scores.curve, CIFAR),
  'acgan_cifar10_auxiliary': Row(60, scores.curve, CIFAR, 'acgan_cifar10:auxiliary_cpu'),
  'projection_cifar10': Row(60, scores.curve, CIFAR),
}


def main(words):
  """Returns the exit status."""
  return games.main(words, 'conditional', __doc__, GAMES, conditional_pictures.draw)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
